//! The language server: the protocol around [`ide`](crate::ide).
//!
//! One thread reads messages in their order: it keeps the open texts, hands every change to the worker and answers requests. The
//! worker checks what has changed, once for all changes that have come meanwhile, and publishes diagnostics. A request sees all
//! changes that came before it: it waits for the worker.

mod capabilities;
mod convert;
mod disk;
mod documents;
mod position;
mod publish;
mod requests;
mod server;
#[cfg(test)]
mod tests;
mod uri;
mod worker;

use std::io;

use lsp_server::Connection;

use crate::world::World;

/// Serves one client over standard input and output, until it says `exit`.
pub fn stdio(world: impl World + Send + 'static) -> io::Result<()> {
    let (connection, threads) = Connection::stdio();
    let served = serve(connection, world);
    threads.join()?;
    served
}

/// Serves one client over a connection, until it says `exit` or goes away.
pub fn serve(connection: Connection, world: impl World + Send + 'static) -> io::Result<()> {
    server::serve(connection, world)
}
