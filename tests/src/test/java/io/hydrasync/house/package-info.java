/**
 * What holds the house together: the rules of its packages, of its public API and of its pages. No
 * other test's support is used here.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.house;
