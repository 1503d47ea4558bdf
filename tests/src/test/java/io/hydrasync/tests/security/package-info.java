/**
 * Attackers: a relay that lies, clients that are hostile, addresses without end, secrets in memory,
 * in logs and in what a relay could read, and who is known by which key.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.security;
