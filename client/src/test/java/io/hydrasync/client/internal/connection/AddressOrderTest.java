package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressOrderTest {
  @ParameterizedTest
  @CsvSource({
    "'10.0.0.1', '10.0.0.1'",
    "'10.0.0.1 10.0.0.2 10.0.0.3', '10.0.0.1 10.0.0.2 10.0.0.3'",
    "'10.0.0.1 10.0.0.2 10.0.0.3 fd00::1', '10.0.0.1 fd00::1 10.0.0.2 10.0.0.3'",
    "'fd00::1 fd00::2 10.0.0.1 fd00::3 10.0.0.2', 'fd00::1 10.0.0.1 fd00::2 10.0.0.2 fd00::3'",
    "'fd00::1 10.0.0.1 fd00::1 10.0.0.1', 'fd00::1 10.0.0.1'"
  })
  void putsTheFamiliesInTurn(String found, String order) throws Exception {
    assertThat(AddressOrder.of(addresses(found))).isEqualTo(addresses(order));
  }

  private static List<InetAddress> addresses(String texts) throws UnknownHostException {
    InetAddress[] addresses = new InetAddress[texts.split(" ").length];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = InetAddress.getByName(texts.split(" ")[i]);
    }
    return Arrays.asList(addresses);
  }
}
