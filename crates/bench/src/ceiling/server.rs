//! The log server: takes frames, logs, answers.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, ensure};
use tokio::io::AsyncReadExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::LocalSet;

use super::log::{Durable, Log};
use super::{FRAME_BYTES, MAX_BYTES};

/// What it prints before its address.
pub(crate) const READY: &str = "ready ";
const READ_BYTES: usize = 256 << 10;

/// Clients by number: where to answer, and how many bytes the answer has.
type Clients = Rc<RefCell<Vec<(Rc<OwnedWriteHalf>, usize)>>>;

/// Serves until it is killed.
#[expect(clippy::print_stdout, reason = "the parent waits for this line")]
pub(crate) fn run(folder: &Path) -> anyhow::Result<()> {
    let log = Arc::new(Log::default());
    let (sender, durable) = unbounded_channel();
    let (writer, folder): (_, PathBuf) = (log.clone(), folder.to_owned());
    std::thread::spawn(move || writer.run(&folder, &sender));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{READY}{}", listener.local_addr()?);
        let clients = Clients::default();
        tokio::task::spawn_local(accept(listener, clients.clone(), log));
        answer(durable, clients).await
    })
}

async fn accept(listener: TcpListener, clients: Clients, log: Arc<Log>) {
    while let Ok((socket, _)) = listener.accept().await {
        // A client that goes is no business of the others.
        tokio::task::spawn_local(serve(socket, clients.clone(), log.clone()));
    }
}

async fn serve(socket: TcpStream, clients: Clients, log: Arc<Log>) -> anyhow::Result<()> {
    socket.set_nodelay(true)?;
    let (mut read, write) = socket.into_split();
    let number = clients.borrow().len();
    clients.borrow_mut().push((Rc::new(write), 0));
    let mut buffer = vec![0; READ_BYTES];
    let mut length = 0;
    loop {
        while let Some((log_bytes, reply_bytes, frame_bytes)) = frame(&buffer[..length])? {
            clients.borrow_mut()[number].1 = reply_bytes;
            log.append(&buffer[FRAME_BYTES..FRAME_BYTES + log_bytes], number);
            buffer.copy_within(frame_bytes..length, 0);
            length -= frame_bytes;
        }
        length += read_some(&mut read, &mut buffer, length).await?;
    }
}

async fn read_some(read: &mut OwnedReadHalf, buffer: &mut Vec<u8>, filled: usize) -> anyhow::Result<usize> {
    if filled == buffer.len() {
        buffer.resize(2 * filled, 0);
    }
    let length = read.read(&mut buffer[filled..]).await?;
    ensure!(length > 0, "the client is gone");
    Ok(length)
}

/// Bytes to log, of the answer, and of the whole frame, if it is all there.
fn frame(buffer: &[u8]) -> anyhow::Result<Option<(usize, usize, usize)>> {
    let Some((fields, rest)) = buffer.split_first_chunk::<FRAME_BYTES>() else { return Ok(None) };
    let (fields, _) = fields.as_chunks::<4>();
    let mut fields = fields.iter().map(|field| u32::from_le_bytes(*field) as usize);
    let mut next = || fields.next().filter(|bytes| *bytes <= MAX_BYTES).context("a frame is too long");
    let (length, log_bytes, reply_bytes) = (next()?, next()?, next()?);
    ensure!(log_bytes <= length, "a frame is to log more than it has");
    Ok((rest.len() >= length).then_some((log_bytes, reply_bytes, FRAME_BYTES + length)))
}

/// Answers whoever's bytes are durable.
async fn answer(mut durable: UnboundedReceiver<Durable>, clients: Clients) -> anyhow::Result<()> {
    let mut zeros = Vec::new();
    while let Some(group) = durable.recv().await {
        for number in group {
            let (socket, bytes) = clients.borrow()[number].clone();
            if zeros.len() < bytes {
                zeros.resize(bytes, 0);
            }
            // What the socket does not take at once is written beside the others.
            let written = socket.try_write(&zeros[..bytes]).unwrap_or_default();
            if written < bytes {
                tokio::task::spawn_local(write_rest(socket, bytes - written));
            }
        }
    }
    anyhow::bail!("the log failed")
}

async fn write_rest(socket: Rc<OwnedWriteHalf>, bytes: usize) -> std::io::Result<()> {
    let zeros = vec![0; bytes];
    let mut written = 0;
    while written < bytes {
        socket.writable().await?;
        match socket.try_write(&zeros[written..]) {
            Ok(length) => written += length,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let mut bytes = Vec::new();
        for field in [8u32, 5, 100] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend([0; 7]);
        assert_eq!(frame(&bytes).expect("a start"), None);
        bytes.extend([0; 2]);
        assert_eq!(frame(&bytes).expect("a frame"), Some((5, 100, 20)));
        bytes[4] = 9;
        frame(&bytes).expect_err("more to log than there is");
        bytes[3] = 0xFF;
        frame(&bytes).expect_err("too long");
    }
}
