//! What every engine runs: a client asks a server over one connection, and has each answer before it asks again.
//!
//! The connection is any stream of bytes, so it is the engines that are compared and not the protocol. The program that
//! runs madsim is built with this same file.

use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

/// The port on which the server listens.
pub(crate) const PORT: u16 = 9000;
/// How long every packet takes.
pub(crate) const LATENCY: Duration = Duration::from_millis(10);
/// How often the client asks.
pub(crate) const EXCHANGES: u32 = 20;
/// Which question the server is slow to answer.
const SLOW: u32 = 10;

/// All exchanges of a run.
#[derive(Clone, Copy)]
pub(crate) struct Workload {
    /// How long the server takes for one of the answers.
    pub pause: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// A hash of all answers.
    pub answers: u64,
    /// How long it took the client, in simulated time.
    pub simulated: Duration,
}

/// The client's part. Returns a hash (FNV-1a) of all answers.
pub(crate) async fn ask(connection: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<u64> {
    let mut connection = BufReader::new(connection);
    let mut line = String::new();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for number in 1..=EXCHANGES {
        connection.write_all(format!("{{\"retain\": {number}}}\n").as_bytes()).await?;
        connection.flush().await?;
        line.clear();
        connection.read_line(&mut line).await?;
        hash = line.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
    Ok(hash)
}

impl Workload {
    /// The server's part, until the client is gone.
    pub(crate) async fn answer<S: Future<Output = ()>>(
        self,
        connection: impl AsyncRead + AsyncWrite + Unpin,
        sleep: impl Fn(Duration) -> S,
    ) -> io::Result<()> {
        let mut connection = BufReader::new(connection);
        let mut line = String::new();
        let mut asked = 0;
        while connection.read_line(&mut line).await? > 0 {
            asked += 1;
            if asked == SLOW && !self.pause.is_zero() {
                sleep(self.pause).await;
            }
            let answer = format!("{{\"number\": {asked}, \"to\": {}}}\n", line.trim_end());
            connection.write_all(answer.as_bytes()).await?;
            connection.flush().await?;
            line.clear();
        }
        Ok(())
    }
}

/// How many runs a second, over and over for about as long as `round`.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn rate(round: Duration, run: impl Fn() -> Outcome) -> f64 {
    let started = Instant::now();
    let mut runs = 0;
    while started.elapsed() < round {
        std::hint::black_box(run());
        runs += 1;
    }
    f64::from(runs) / started.elapsed().as_secs_f64()
}
