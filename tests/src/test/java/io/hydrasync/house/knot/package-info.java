/** What breaks the rules, so that it can be seen that they bite. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.house.knot;
