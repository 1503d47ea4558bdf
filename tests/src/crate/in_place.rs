//! This project's relay in the place of the crate's server: the names that the crate's own tests and examples call,
//! over a stand (`RelayStand` of the tests in Java) that makes a relay for each connection to it. `HYDRA_STAND` is its
//! address. A line asks for a relay, the answer is that relay's address, and it lives as long as the connection.
//! `HYDRA_STAND_DEFAULT` is what is asked for in the place of the crate's defaults.

pub mod server {
    use anyhow::{Context, Result};
    use std::net::SocketAddr;
    use std::sync::Arc;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpStream;
    use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
    use tokio::sync::Mutex;

    type Answers = BufReader<OwnedReadHalf>;

    pub struct HydraServer {
        /// Its end ends the relay, so it is kept where nothing more is asked, too.
        #[cfg_attr(not(feature = "observer"), allow(dead_code))]
        asking: Mutex<OwnedWriteHalf>,
        answers: Mutex<Answers>,
        #[cfg(feature = "observer")]
        address: SocketAddr,
    }

    fn stand() -> Result<String> {
        std::env::var("HYDRA_STAND").context("HYDRA_STAND: the stand's address")
    }

    async fn answer(answers: &mut Answers) -> Result<Option<String>> {
        let mut line = String::new();
        Ok((answers.read_line(&mut line).await? > 0).then(|| line.trim_end().to_owned()))
    }

    impl HydraServer {
        async fn begin(settings: &str) -> Result<(Arc<Self>, SocketAddr)> {
            let (answers, mut asking) = TcpStream::connect(stand()?).await?.into_split();
            asking.write_all(format!("relay {settings}\n").as_bytes()).await?;
            let mut answers = BufReader::new(answers);
            let address = answer(&mut answers).await?.context("an address")?.parse()?;
            let server = Self {
                asking: Mutex::new(asking),
                answers: Mutex::new(answers),
                #[cfg(feature = "observer")]
                address,
            };
            Ok((Arc::new(server), address))
        }

        pub async fn bind_default() -> Result<(Arc<Self>, SocketAddr)> {
            Self::begin(&std::env::var("HYDRA_STAND_DEFAULT").unwrap_or_default()).await
        }

        #[cfg(feature = "packets")]
        pub async fn bind(_: SocketAddr, config: HydraConfig) -> Result<(Arc<Self>, SocketAddr)> {
            Self::begin(&config.0).await
        }

        /// Until the relay has ended.
        async fn serve(&self) -> Result<()> {
            while answer(&mut *self.answers.lock().await).await?.is_some() {}
            Ok(())
        }

        #[cfg(feature = "early")]
        pub async fn run(&self, _accept_millis: u64) -> Result<()> {
            self.serve().await
        }

        #[cfg(feature = "packets")]
        pub async fn run(&self) -> Result<()> {
            self.serve().await
        }

        /// Ends the relay when its connections have ended.
        #[cfg(feature = "observer")]
        pub async fn shutdown(&self) -> Result<()> {
            Ok(self.asking.lock().await.write_all(b"shutdown\n").await?)
        }

        #[cfg(feature = "observer")]
        pub fn get_active_connections(&self) -> u64 {
            use std::io::{Read, Write};
            let ask = || -> Result<u64> {
                let mut stand = std::net::TcpStream::connect(stand()?)?;
                writeln!(stand, "connections {}", self.address.port())?;
                let mut said = String::new();
                stand.read_to_string(&mut said)?;
                Ok(said.trim_end().parse()?)
            };
            ask().expect("the stand's answer")
        }
    }

    /// What the stand is asked for.
    #[cfg(feature = "packets")]
    pub struct HydraConfig(String);

    #[cfg(feature = "packets")]
    fn settings(packet: u64, policy: hydra_sync::ChannelOverflowStrategy) -> String {
        let policy = match policy {
            hydra_sync::ChannelOverflowStrategy::BackPressure => "backpressure",
            hydra_sync::ChannelOverflowStrategy::DropClient => "drop",
            hydra_sync::ChannelOverflowStrategy::DropPacket => "skip",
        };
        format!("packet={packet} overflow={policy} retention=0")
    }

    #[cfg(feature = "packets")]
    impl HydraConfig {
        #[cfg(not(feature = "observer"))]
        pub fn config(
            _connections: u64,
            _accept_millis: u64,
            packet: u64,
            _queue: u64,
            policy: hydra_sync::ChannelOverflowStrategy,
        ) -> Self {
            Self(settings(packet, policy))
        }

        #[cfg(feature = "observer")]
        pub fn config(
            _connections: u64,
            _accept_millis: u64,
            packet: u64,
            _queue: u64,
            token: Option<[u8; 64]>,
            policy: hydra_sync::ChannelOverflowStrategy,
        ) -> Self {
            let mut asked = settings(packet, policy);
            if let Some(token) = token {
                asked.push_str(" observer=");
                token.iter().for_each(|byte| asked.push_str(&format!("{byte:02x}")));
            }
            Self(asked)
        }
    }
}
