package io.hydrasync.client;

/**
 * Frames that the relay has let go of before any consumer had taken them ({@code wire2.md} section
 * 15). What a relay says, and one that lies may say anything: advice.
 *
 * @param frames how many of the present stream, in all
 * @param oldest sequence of the oldest frame of the stream that the relay still has
 */
public record Unread(long frames, long oldest) {}
