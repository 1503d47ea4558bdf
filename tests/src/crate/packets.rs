//! Beta.7 to .9: packets of one length, which the server is told; from .9 on an observer.

use anyhow::{Result, bail};
use hydra_sync::ChannelOverflowStrategy::{BackPressure, DropClient, DropPacket};
use hydra_sync::client::{Consumer, HydraClient, Producer};
use hydra_sync::server::{HydraConfig, HydraServer};
use std::net::SocketAddr;

const CONNECTIONS: u64 = 64;
const ACCEPT_MILLIS: u64 = 128;

pub async fn producer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient<Producer>> {
    HydraClient::<Producer>::connect(relay, id, key).await
}

pub async fn consumer(relay: SocketAddr, id: [u8; 64], key: [u8; 32]) -> Result<HydraClient<Consumer>> {
    HydraClient::<Consumer>::connect(relay, id, key).await
}

#[cfg(feature = "observer")]
pub async fn observer(
    relay: SocketAddr,
    token: [u8; 64],
) -> Result<HydraClient<hydra_sync::client::Observer>> {
    HydraClient::<hydra_sync::client::Observer>::connect(relay, token).await
}

/// Serves in the background.
pub async fn serve(settings: &[&str]) -> Result<SocketAddr> {
    let (server, address) = match settings {
        ["-", "-", "-", "-"] => HydraServer::bind_default().await?,
        [packet, policy, queue, token] => {
            let policy = match *policy {
                "backpressure" => BackPressure,
                "drop-client" => DropClient,
                "drop-packet" => DropPacket,
                other => bail!("no policy of the crate: {other}"),
            };
            let any = "127.0.0.1:0".parse()?;
            HydraServer::bind(any, config(packet.parse()?, queue.parse()?, token, policy)?).await?
        }
        other => bail!("packet, policy, queue, token: {other:?}"),
    };
    tokio::spawn(async move { server.run().await });
    Ok(address)
}

#[cfg(feature = "observer")]
fn config(
    packet: u64,
    queue: u64,
    token: &str,
    policy: hydra_sync::ChannelOverflowStrategy,
) -> Result<HydraConfig> {
    let token = if token == "-" { None } else { Some(crate::hex(token)?) };
    Ok(HydraConfig::config(CONNECTIONS, ACCEPT_MILLIS, packet, queue, token, policy))
}

#[cfg(not(feature = "observer"))]
fn config(
    packet: u64,
    queue: u64,
    token: &str,
    policy: hydra_sync::ChannelOverflowStrategy,
) -> Result<HydraConfig> {
    anyhow::ensure!(token == "-", "this version knows no observer");
    Ok(HydraConfig::config(CONNECTIONS, ACCEPT_MILLIS, packet, queue, policy))
}
