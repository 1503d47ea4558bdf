/**
 * The real Rust crate {@code hydra-sync}, in its versions 1.0.0-beta.2 to beta.9: its clients at
 * this project's relay, this project's clients at its server, its own tests and examples with this
 * project's relay in the place of its server. Skipped where cargo is not, or cannot build.
 */
@NullMarked
package io.hydrasync.tests.crate;

import org.jspecify.annotations.NullMarked;
