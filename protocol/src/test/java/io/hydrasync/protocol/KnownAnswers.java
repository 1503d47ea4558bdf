package io.hydrasync.protocol;

import io.hydrasync.protocol.wire.CredentialProof;
import io.hydrasync.protocol.wire.OwnerProof;
import io.hydrasync.protocol.wire.control.JoinMessage;
import java.util.HexFormat;

/**
 * The known answers of the appendix of {@code wire2.md}, as far as this module computes them, and
 * the inputs they belong to. They were computed by another implementation.
 */
public final class KnownAnswers {
  // Inputs. The three X25519 keys are those of the Noise vector.
  public static final String CLIENT_EPHEMERAL =
      "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
  public static final String RELAY_STATIC =
      "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
  public static final String RELAY_EPHEMERAL =
      "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
  public static final String OWNER_SEED =
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  public static final String SESSION_KEY =
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  public static final String SALT =
      "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
  public static final String SALT_2 =
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f";
  public static final String SESSION_RANDOM = "404142434445464748494a4b4c4d4e4f";
  public static final String CREDENTIAL = "5a".repeat(32);
  public static final long EPOCH = 1_735_689_600_000L;
  public static final long EPOCH_2 = EPOCH + 5_000;

  // Answers.
  public static final String TICKET =
      "hydra://relay.example:4711,[2001:db8::1]:4370/11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURpA"
          + "QUJDREVGR0hJSktMTU5PZWWnC-EFwxSKPfCNYZGn0w?relay=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaa"
          + "PcHURo#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  public static final String NEXT_RELAY_KEY =
      "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
  public static final String TICKET_OF_TWO_KEYS =
      "hydra://relay.example:4711,[2001:db8::1]:4370/11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURpA"
          + "QUJDREVGR0hJSktMTU5PZWWnC-EFwxSKPfCNYZGn0w?relay=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaa"
          + "PcHURo,oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk"
          + "aGxwdHh8";
  public static final String NEXT_KEY = "00000021c8" + NEXT_RELAY_KEY;
  public static final String CLASSIC_TICKET =
      "hydra+classic://relay.example:4711,[2001:db8::1]:4370/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla"
          + "W1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-fw?version=1.0.0-beta.6#AAECAwQFBgcICQ"
          + "oLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  public static final String MESSAGE_1 =
      "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944";
  public static final String MESSAGE_2 =
      "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
          + "5783d9758cb7e00c45a7d00ddc333aae968443c64f650b54a2ea7e0c1b67c275"
          + "c62ed8316f7c2072df3f3d1afbb8e23b94592197123bd4fff0b0e47f94578dbb";
  public static final String H = "85b3776071a156a26ad92bf184a8ee027fa7b478ba04b75cbf8c2dea36945b98";
  public static final String CLIENT_TO_RELAY_KEY =
      "502cd35c252d0ec797d3f76bd41204dfc53976439436e58c073ccd985a75f690";
  public static final String RELAY_TO_CLIENT_KEY =
      "00ef13351861a5e5c962a47b22ab8e123a439884c851bbe9acf4f1e209ea1511";
  public static final String REKEYED_CLIENT_TO_RELAY_KEY =
      "b3ebe654b7d4576e789308a341edd5dfad64d0bada24e4b888b6ad209886aca6";
  public static final String OWNER_PUBLIC_KEY =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  public static final String SID =
      OWNER_PUBLIC_KEY + SESSION_RANDOM + "6565a70be105c3148a3df08d6191a7d3";
  public static final String OWNER_PROOF =
      "49b57f74976ec725a599fa90178b11aa644364aa2c25ba4d18c5fb4701cbbdad"
          + "6dd722efa2c58b0396b562a5b63bf38e4a9bb61658aa355be2a485b29ec2360e";
  public static final String CREDENTIAL_ID = "891f7e903ca4f2bc";
  public static final String CREDENTIAL_MAC =
      "f359a26ce340f7033f018b4c4ff743db9d329c1cb27ba371a8f63b0e09291c92";
  public static final int JOIN_FRAME_LENGTH = 230;
  public static final String JOIN_FRAME_DIGEST =
      "f3755e36024233c68f97e680e14e65a1bdb89df1ab6eeaf944c05a4b91113639";
  public static final String T = "30c5eddd1ed3aaa6c6da3489b1e2c584f7e423af4b978e6339752f25c4c0ea6e";
  public static final String COMMIT =
      "94a520cefb7699dfc6dc19c898c16a89fd2b9b48c5e5a6cd54cb25cf44a0641d";
  public static final String HEAD =
      "0000009c10000001941f297c00000001941f297c00000000000000000001"
          + SALT
          + "0000"
          + COMMIT
          + "dac10c160860fbe944b9f0afe33128dea13e2b4cd6c15f1cd3c826b8a57c351f"
          + "74cc8403b1f5e2a1f68444c1b118202f85dd9dca7e808aec28683f0e2f4cee0f";
  public static final String COMMIT_2 =
      "8fea2c13696468b84f664a6e13078bde5daa88d81ca7dac222c791d268f51b2a";
  public static final String HEAD_2 =
      "0000009c10000001941f298f88000001941f297c00000000000000000200"
          + SALT_2
          + "0000"
          + COMMIT_2
          + "e6d5f82d7ab12829c7b76254b774b6b8f65a66b09158044bd563985a82a97821"
          + "1e91d433d50d6a179bb0278da781f1192b04cd69b65e8a0f6309528c51e51707";

  /** Frames 0 to 4089 of the stream went unread, and 4096 is the oldest that is held. */
  public static final String UNREAD = "00000019c5000001941f297c0000000000000010000000000000000ffa";

  /** A thousand consumers. */
  public static final String COUNT = "00000005c0000003e8";

  /** {@code a.example:4370} and {@code [2001:db8::1]:4370}. */
  public static final String PEERS =
      "00000024c1020e612e6578616d706c653a34333730125b323030313a6462383a3a315d3a34333730";

  /** SHA-256 of the inner frame: a consumer at (stream, 7) that has seen epoch + 5000. */
  public static final String CONSUMER_JOIN_DIGEST =
      "0e42ce86119b39a73a907c44bcf53bd6f257d7223bc0439dfe9655e0dc64f8a6";

  /** Made of a cluster key of 32 × 33. */
  public static final String LINK_CREDENTIAL =
      "70891365b6bff7f266f6a4006309ebf1ed44343fd91b91c55f707799e5746d3d";

  public static final String LINK_CREDENTIAL_ID = "0916f0c9347606d2";
  public static final String LINK_CREDENTIAL_MAC =
      "7e0ec6800af6fd44606a2aa6019c5bfe9abf6ebce2dd34cc2a54a6e5b5dfd45a";

  /** At (stream, 7), of a mirror that has epoch + 5000. */
  public static final String LINK_JOIN =
      "000000cd8002080200"
          + SID
          + "000001941f297c00"
          + "0000000000000007"
          + "000001941f298f880000000000000000"
          + "00".repeat(64)
          + LINK_CREDENTIAL_ID
          + LINK_CREDENTIAL_MAC;

  /** The answer: live at 9, backpressure. */
  public static final String LINK_JOINED =
      "00000039810204000400000001941f297c00000000000000000700000000000000000000000000000000001e"
          + "01000001941f297c000000000000000009";

  private KnownAnswers() {}

  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  public static OwnerKey ownerKey() {
    return OwnerKey.of(hex(OWNER_SEED));
  }

  public static SessionKey sessionKey() {
    return SessionKey.of(hex(SESSION_KEY));
  }

  public static Credential credential() {
    return Credential.of(hex(CREDENTIAL));
  }

  /** The owned session of the appendix. */
  public static SessionId sessionId() {
    return SessionId.owned(ownerKey(), hex(SESSION_RANDOM));
  }

  /** Some plain session. */
  public static SessionId plainSessionId() {
    return SessionId.of(hex("77".repeat(SessionId.LENGTH)));
  }

  public static RelayKey relayKey() {
    return RelayKey.of(hex(OWNER_PUBLIC_KEY));
  }

  public static SessionSecrets session() {
    return new SessionSecrets(sessionId(), sessionKey(), ownerKey());
  }

  /** The JOIN of the appendix: a producer with both proofs, made by this module. */
  public static JoinMessage join() {
    return JoinMessage.of(Role.PRODUCER, sessionId())
        .withOwner(OwnerProof.sign(ownerKey(), hex(H), sessionId()))
        .withCredential(
            credential().id(),
            CredentialProof.mac(credential(), hex(H), Role.PRODUCER, sessionId()));
  }
}
