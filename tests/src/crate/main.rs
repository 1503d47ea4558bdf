//! What the real crate does, as programs with plain arguments; ids, keys and tokens in hexadecimal digits:
//!
//! - `producer RELAY ID KEY SIZE...` joins, says so, sends messages of these sizes for a line, and closes for another
//! - `consumer RELAY ID KEY CONSUMERS COUNT` joins so often, and says what each receives: number, length, FNV-1a
//! - `observer RELAY TOKEN` says the relay's figures for each line that it reads
//! - `server PACKET POLICY QUEUE TOKEN` says its address and serves until its input ends; `-` is the crate's default
//! - `load RELAY PACKET CONSUMERS PACKETS` sends so many packets for each line that it reads, and says nanoseconds
//!
//! What the versions of the crate have different names for is in the module `version`.

#[cfg(all(feature = "early", feature = "functions"))]
#[path = "functions.rs"]
mod version;
#[cfg(all(feature = "early", not(feature = "functions")))]
#[path = "roles.rs"]
mod version;
#[cfg(feature = "packets")]
#[path = "packets.rs"]
mod version;

use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> Result<()> {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = all.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["producer", relay, id, key, sizes @ ..] => produce(relay.parse()?, hex(id)?, hex(key)?, sizes).await,
        ["consumer", relay, id, key, consumers, count] => {
            consume(relay.parse()?, hex(id)?, hex(key)?, consumers.parse()?, count.parse()?).await
        }
        ["server", settings @ ..] => serve(settings).await,
        ["load", relay, packet, consumers, packets] => {
            load(relay.parse()?, packet.parse()?, consumers.parse()?, packets.parse()?).await
        }
        #[cfg(feature = "observer")]
        ["observer", relay, token] => observe(relay.parse()?, hex(token)?).await,
        other => bail!("not a role of this version: {other:?}"),
    }
}

fn hex<const N: usize>(digits: &str) -> Result<[u8; N]> {
    ensure!(digits.len() == 2 * N, "{} hexadecimal digits are needed", 2 * N);
    let mut bytes = [0; N];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * i..2 * i + 2], 16)?;
    }
    Ok(bytes)
}

fn input() -> Lines<BufReader<Stdin>> {
    BufReader::new(stdin()).lines()
}

/// The bytes of a message, as `Fixture.message` of the tests in Java makes them.
fn message(number: u64, size: usize) -> Vec<u8> {
    let mut x = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(size as u64);
    let mut bytes = vec![0; size];
    for byte in bytes.iter_mut() {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        *byte = x as u8;
    }
    bytes
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

async fn produce(relay: SocketAddr, id: [u8; 64], key: [u8; 32], sizes: &[&str]) -> Result<()> {
    let mut producer = version::producer(relay, id, key).await?;
    println!("joined");
    let mut lines = input();
    lines.next_line().await?.context("told to send")?;
    for (number, size) in sizes.iter().enumerate() {
        producer.broadcast(&message(number as u64, size.parse()?)).await?;
    }
    println!("sent");
    lines.next_line().await?.context("told to close")?;
    producer.close().await
}

/// A count of 0 is until the relay ends it.
async fn consume(relay: SocketAddr, id: [u8; 64], key: [u8; 32], consumers: usize, count: usize) -> Result<()> {
    let mut joined = Vec::new();
    for _ in 0..consumers {
        joined.push(version::consumer(relay, id, key).await?);
    }
    println!("joined");
    let mut tasks = JoinSet::new();
    for (number, mut consumer) in joined.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut received = 0;
            while count == 0 || received < count {
                match consumer.recv().await {
                    Ok(message) => println!("{number} {} {:016x}", message.len(), fnv(message)),
                    Err(end) => {
                        println!("{number} end: {end}");
                        return;
                    }
                }
                received += 1;
            }
            println!("{number} enough");
            consumer.close().await.ok();
        });
    }
    tasks.join_all().await;
    Ok(())
}

#[cfg(feature = "observer")]
async fn observe(relay: SocketAddr, token: [u8; 64]) -> Result<()> {
    let mut observer = version::observer(relay, token).await?;
    println!("joined");
    let mut lines = input();
    while lines.next_line().await?.is_some() {
        let seen = observer.observe().await?;
        println!(
            "{} {} {} {}",
            seen.uptime_hrs, seen.total_sessions, seen.active_sessions, seen.total_network_bandwidth
        );
    }
    observer.close().await
}

async fn serve(settings: &[&str]) -> Result<()> {
    let address = version::serve(settings).await?;
    println!("listening {address}");
    while input().next_line().await?.is_some() {}
    Ok(())
}

/// One producer and its consumers in a session of their own for each line, as in the crate's own measurements.
async fn load(relay: SocketAddr, packet: usize, consumers: usize, packets: usize) -> Result<()> {
    let (payload, key) = (message(1, packet), [0x5a; 32]);
    let mut lines = input();
    println!("ready");
    for round in 1u64.. {
        if lines.next_line().await?.is_none() {
            break;
        }
        let mut id = [0; 64];
        id[..8].copy_from_slice(&round.to_le_bytes());
        id[8..12].copy_from_slice(&std::process::id().to_le_bytes());
        let mut producer = version::producer(relay, id, key).await?;
        let mut tasks = JoinSet::new();
        for _ in 0..consumers {
            let mut consumer = version::consumer(relay, id, key).await?;
            tasks.spawn(async move {
                for _ in 0..packets {
                    consumer.recv().await.expect("each packet");
                }
                consumer.close().await.ok();
            });
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await; // as the crate's own: all have joined
        println!("joined");
        lines.next_line().await?.context("told to begin")?;
        let began = Instant::now();
        for _ in 0..packets {
            producer.broadcast(&payload).await?;
        }
        tasks.join_all().await;
        println!("took {}", began.elapsed().as_nanos());
        producer.close().await?;
    }
    Ok(())
}
