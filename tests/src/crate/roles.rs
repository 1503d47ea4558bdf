//! Beta.5 and .6: a client has its role as a type.

use anyhow::Result;
use hydra_sync::client::{Consumer, HydraClient, Producer};
use std::net::SocketAddr;

pub async fn producer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient<Producer>> {
    HydraClient::<Producer>::connect(relay, &id, key).await
}

pub async fn consumer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient<Consumer>> {
    HydraClient::<Consumer>::connect(relay, &id, key).await
}

include!("early_server.rs");
