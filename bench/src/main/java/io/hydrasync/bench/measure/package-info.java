/** One class for each thing that is measured, and the file that holds what came of it. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.measure;
