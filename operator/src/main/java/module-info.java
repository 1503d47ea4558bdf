/** What an operator sees of a relay and can do: admin requests, metrics, health, a dashboard. */
@SuppressWarnings("requires-automatic") // Micrometer's jars name their modules, and describe none
@org.jspecify.annotations.NullMarked
module io.hydrasync.operator {
  requires transitive io.hydrasync.server;
  requires static transitive org.jspecify;
  requires com.google.gson;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires org.slf4j;

  exports io.hydrasync.operator;
}
