package io.hydrasync.server.internal.cluster;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The nodes that have a key, as one of them knows them. Immutable. */
public final class NodeTable {
  /** The most addresses of a PEERS. */
  public static final int MAX_PEERS = 16;

  private static final int MAX_PEER_TEXT = 255;
  private static final Set<String> EVERYWHERE = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");

  private final Map<NodeId, NodeEntry> nodes;

  /**
   * A table.
   *
   * @param nodes those that have a key
   */
  public NodeTable(Map<NodeId, NodeEntry> nodes) {
    this.nodes = Map.copyOf(nodes);
  }

  /**
   * What a node says of itself.
   *
   * @param id which
   * @return empty if it has no key, as far as is known
   */
  public Optional<NodeEntry> find(NodeId id) {
    return Optional.ofNullable(nodes.get(id));
  }

  /**
   * All of them.
   *
   * @return what each says of itself
   */
  public Map<NodeId, NodeEntry> all() {
    return nodes;
  }

  boolean has(NodeId id) {
    return nodes.containsKey(id);
  }

  NodeTable with(NodeId id, NodeEntry entry) {
    Map<NodeId, NodeEntry> more = new HashMap<>(nodes);
    more.put(id, entry);
    return new NodeTable(more);
  }

  NodeTable without(NodeId id) {
    Map<NodeId, NodeEntry> fewer = new HashMap<>(nodes);
    fewer.remove(id);
    return new NodeTable(fewer);
  }

  /**
   * What PEERS says: this node first, then the others, those on their way out last, at most 16.
   * Where there are more, each node names those behind it, in a ring of all: so the clients of one
   * that is lost do not all know the same few, whoever was lost before. Left out is what no client
   * can connect to: an address that stands for all of a machine's, one with a zone, and one that
   * does not fit.
   *
   * @param self this node
   * @param own what this node says of itself, in the directory or not
   * @return their addresses for clients, each once
   */
  public List<RelayAddress> peers(NodeId self, NodeEntry own) {
    Set<RelayAddress> all = new LinkedHashSet<>();
    add(all, own);
    nodes.entrySet().stream()
        .filter(node -> !node.getKey().equals(self))
        .sorted(
            Comparator.comparing((Map.Entry<NodeId, NodeEntry> node) -> node.getValue().draining())
                .thenComparing(node -> node.getKey().compareTo(self) < 0)
                .thenComparing(Map.Entry::getKey))
        .forEach(node -> add(all, node.getValue()));
    return all.stream().limit(MAX_PEERS).toList();
  }

  private static void add(Collection<RelayAddress> all, NodeEntry node) {
    RelayAddress address = node.client().orElse(null);
    if (address != null
        && !EVERYWHERE.contains(address.host())
        && !address.hasZone()
        && address.toString().length() <= MAX_PEER_TEXT) {
      all.add(address);
    }
  }

  /**
   * The longest frame that every node takes: what JOINED tells a producer.
   *
   * @param own what this node takes, in bytes
   * @return the least of all nodes, in bytes
   */
  public int leastMaxFrame(int own) {
    return nodes.values().stream().mapToInt(NodeEntry::maxFrame).reduce(own, Math::min);
  }

  /**
   * Whether this node must not start, since it shares no secret with anybody who is there.
   *
   * @param view the first snapshot
   * @param self this node
   * @param own what this node says of itself
   * @return what to tell people, or empty if it may start
   */
  public static Optional<String> whyNotStart(DirectoryView view, NodeId self, NodeEntry own) {
    List<NodeEntry> others =
        view.nodes().entrySet().stream()
            .filter(node -> !node.getKey().equals(self))
            .map(Map.Entry::getValue)
            .toList();
    if (others.isEmpty()) {
      return view.strangers() == 0
          ? Optional.empty()
          : Optional.of(
              "the cluster key is not that of the relays which are there ("
                  + view.strangers()
                  + "): give all the same --cluster-key-file");
    }
    boolean fits = others.stream().anyMatch(other -> other.relayKey().equals(own.relayKey()));
    return fits
        ? Optional.empty()
        : Optional.of(
            "the relay key is not that of the relays which are there ("
                + others.size()
                + "): give all the same --key-file");
  }
}
