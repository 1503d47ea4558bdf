/** The page that is made of results: tables, pictures, and what is said about the goals. */
@org.jspecify.annotations.NullMarked
package io.hydrasync.bench.report;
