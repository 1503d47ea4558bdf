/**
 * What tests need beside what they test: waiting with a deadline, sessions, processes and how they
 * end, programs that a machine may lack, figures of the machine. Knows no test, and nothing of what
 * goes over the wire.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.support;
