/** The keys of a terminal, each as soon as it is pressed. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.keys;
