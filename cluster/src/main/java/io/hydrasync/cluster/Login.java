package io.hydrasync.cluster;

/** Who this node is to etcd. The password is never shown. */
record Login(String user, String password) {
  @Override
  public String toString() {
    return "Login[" + user + "]";
  }
}
