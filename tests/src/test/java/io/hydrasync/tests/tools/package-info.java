/**
 * What is around the library: the launcher and its shell, the dashboard in a browser, the build
 * with its lock of dependencies.
 */
@org.jspecify.annotations.NullMarked
package io.hydrasync.tests.tools;
