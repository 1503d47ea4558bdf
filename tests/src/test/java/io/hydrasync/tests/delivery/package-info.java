/**
 * Messages arrive: in order, once, from where somebody begins, through every overflow policy, while
 * producers and consumers come, go, change places and fall behind.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.delivery;
