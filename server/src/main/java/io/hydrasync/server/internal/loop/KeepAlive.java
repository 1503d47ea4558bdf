package io.hydrasync.server.internal.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the operating system finds out that a silent peer is not there any more: the options by which
 * a transport is told when to ask, how often, and when to give up. For the classic wire, which has
 * no PING; without them it takes two hours on Linux.
 *
 * <p>It is about silence only. Where bytes are on their way to a peer that is gone, the operating
 * system sends them again and gives up in its own time, and stall timeout and lag limits hold.
 *
 * @param idleSeconds silence before the first question
 * @param intervalSeconds between two questions
 * @param count so many without an answer end the connection
 */
public record KeepAlive(
    ChannelOption<Integer> idleSeconds,
    ChannelOption<Integer> intervalSeconds,
    ChannelOption<Integer> count) {
  private static final Logger LOG = LoggerFactory.getLogger(KeepAlive.class);
  private static final int IDLE_SECONDS = 60;
  private static final int INTERVAL_SECONDS = 15;
  private static final int COUNT = 4;

  /**
   * From now on the peer of that channel is missed after two minutes. What the operating system
   * does not know of is left out. On the channel's loop.
   */
  public void watch(Channel channel) {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
      channel.config().setOption(idleSeconds, IDLE_SECONDS);
      channel.config().setOption(intervalSeconds, INTERVAL_SECONDS);
      channel.config().setOption(count, COUNT);
    } catch (ChannelException e) {
      LOG.debug("no keep-alive for {}", channel.remoteAddress(), e);
    }
  }
}
