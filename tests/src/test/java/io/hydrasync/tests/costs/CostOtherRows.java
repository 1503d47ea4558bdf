package io.hydrasync.tests.costs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.tests.peer.CostClient;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Requests of admins, of the operator's HTTP, and what a classic consumer sends. */
final class CostOtherRows {
  private static final int COUNT = 100;

  private final List<CostRow> rows = new ArrayList<>();

  private CostOtherRows() {}

  static List<CostRow> all() {
    CostOtherRows made = new CostOtherRows();
    for (String request :
        List.of(
            "{\"op\":\"status\"}",
            "{\"op\":\"sessions\"}",
            "{\"op\":\"session\",\"session\":\"00000000\"}",
            "{\"op\":\"kick\",\"connection\":9999999999}",
            "{\"op\":\"end-session\",\"session\":\"00000000\"}",
            "{\"op\":\"limits\"}",
            "{\"op\":\"set-limits\"}",
            "{\"op\":\"reload\"}",
            "no JSON")) {
      made.admin("ADMIN " + request, request);
    }
    made.admin("ADMIN of 64 KiB", " ".repeat(65_000) + "{}");
    for (String path : List.of("/livez", "/readyz", "/metrics", "/api/overview", "/", "/none")) {
      made.http(path);
    }
    made.rows.add(
        new CostRow("classic consumer", "bytes that mean nothing", CostOtherRows::classicBytes));
    return made.rows;
  }

  /** Counted like connections: there is one at a time, and it is answered. */
  private void admin(String name, String request) {
    rows.add(
        new CostRow(
            "admin",
            name,
            scene -> {
              HydraAdmin admin = HydraAdmin.builder(scene.relay(), scene.probe().admin()).connect();
              scene.keep(admin::close);
              return () ->
                  CostRow.Burst.connections(scene.some(COUNT), () -> admin.request(request));
            }));
  }

  private void http(String path) {
    rows.add(
        new CostRow(
            "HTTP",
            "GET " + path,
            scene -> () -> CostRow.Burst.connections(scene.some(50), () -> get(scene, path))));
  }

  private static void get(CostRow.Scene scene, String path) throws Exception {
    try (Socket socket =
        new Socket(scene.probe().http().getAddress(), scene.probe().http().getPort())) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  private static CostRow.Bursts classicBytes(CostRow.Scene scene) {
    return () -> {
      SessionId session = CostClient.plainSession();
      CostClient client = CostClient.classic(scene.relay(), Role.CONSUMER, session);
      int bytes = scene.some(1 << 20);
      return CostRow.Burst.flood(client, new byte[bytes], bytes);
    };
  }
}
