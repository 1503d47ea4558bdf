package io.hydrasync.cluster;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** A node in a process of its own: says what its lease does, and ends with its input. */
final class DirectoryProgram implements DirectoryListener {
  private DirectoryProgram() {}

  public static void main(String[] endpoints) throws IOException {
    EtcdDirectory directory =
        EtcdDirectory.builder(List.of(endpoints).stream().map(URI::create).toList(), Samples.KEY)
            .build();
    say("id " + directory.self());
    directory.publish(Samples.node(99));
    directory.start(new DirectoryProgram());
    while (System.in.read() >= 0) {
      continue;
    }
    directory.close();
  }

  private static void say(String text) {
    System.out.println(text);
    System.out.flush();
  }

  @Override
  public void snapshot(DirectoryView view) {}

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {}

  @Override
  public void nodeGone(NodeId id) {}

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {}

  @Override
  public void sessionGone(SessionHash hash, long revision) {}

  @Override
  public void leaseLost() {
    say("lost");
  }

  @Override
  public void leaseHeld() {
    say("held");
  }

  @Override
  public void state(DirectoryState state) {}
}
