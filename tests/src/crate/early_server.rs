// Beta.2 to .6: only a server with the crate's defaults tells its address, so there is nothing to set.

/// Serves in the background.
pub async fn serve(settings: &[&str]) -> Result<SocketAddr> {
    anyhow::ensure!(settings.iter().all(|one| *one == "-"), "this version's server has its defaults only");
    let (server, address) = hydra_sync::server::HydraServer::bind_default().await?;
    tokio::spawn(server.run(500));
    Ok(address)
}
