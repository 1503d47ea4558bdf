/**
 * Producer and consumer on the classic wire, which neither acknowledges nor resumes. May change
 * without notice.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.client.internal.classic;
