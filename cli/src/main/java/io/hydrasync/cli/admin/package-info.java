/**
 * {@code hydra admin} and {@code hydra top}: requests to a relay's admin interface, and its replies
 * as text, tables or a screen that is drawn again and again. Nothing of a reply is trusted.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.cli.admin;
