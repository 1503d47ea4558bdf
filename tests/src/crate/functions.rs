//! Beta.2 to .4: a client is made by a function of its role.

use anyhow::Result;
use hydra_sync::client::HydraClient;
use std::net::SocketAddr;

pub async fn producer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient> {
    HydraClient::connect_producer(relay, &id, key).await
}

pub async fn consumer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient> {
    HydraClient::connect_consumer(relay, &id, key).await
}

include!("early_server.rs");
