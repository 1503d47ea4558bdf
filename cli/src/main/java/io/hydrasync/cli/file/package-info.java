/**
 * What the names of inputs and outputs lead to: regular files, which are cut, or replaced as a
 * whole; pipes and devices, which are written to as they are; descriptors and standard streams that
 * this process has got, which may be closed.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.file;
