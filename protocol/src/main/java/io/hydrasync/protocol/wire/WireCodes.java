package io.hydrasync.protocol.wire;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import java.util.Optional;

/**
 * The numbers of roles and overflow policies in JOIN ({@code wire2.md} section 4). They stand here
 * one by one, so that nobody changes the wire by a new line in an enum. Stateless.
 */
public final class WireCodes {
  private WireCodes() {}

  /**
   * The number of a role.
   *
   * @param role the role
   * @return 0, 1 or 2
   */
  public static int of(Role role) {
    return switch (role) {
      case ADMIN -> 0;
      case PRODUCER -> 1;
      case CONSUMER -> 2;
    };
  }

  /**
   * The role of a number.
   *
   * @param code what came over the wire
   * @return the role, or empty if there is none of that number
   */
  public static Optional<Role> role(int code) {
    return switch (code) {
      case 0 -> Optional.of(Role.ADMIN);
      case 1 -> Optional.of(Role.PRODUCER);
      case 2 -> Optional.of(Role.CONSUMER);
      default -> Optional.empty();
    };
  }

  /**
   * The number of a policy.
   *
   * @param overflow the policy
   * @return 0 to 5
   */
  public static int of(Overflow overflow) {
    return switch (overflow) {
      case DEFAULT -> 0;
      case BACKPRESSURE -> 1;
      case SPILL -> 2;
      case GROW -> 3;
      case DROP -> 4;
      case SKIP -> 5;
    };
  }

  /**
   * The policy of a number.
   *
   * @param code what came over the wire
   * @return the policy, or empty if there is none of that number
   */
  public static Optional<Overflow> overflow(int code) {
    return switch (code) {
      case 0 -> Optional.of(Overflow.DEFAULT);
      case 1 -> Optional.of(Overflow.BACKPRESSURE);
      case 2 -> Optional.of(Overflow.SPILL);
      case 3 -> Optional.of(Overflow.GROW);
      case 4 -> Optional.of(Overflow.DROP);
      case 5 -> Optional.of(Overflow.SKIP);
      default -> Optional.empty();
    };
  }
}
