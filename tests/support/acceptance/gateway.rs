//! A way to a cluster's API server on which requests and answers can go astray.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::oracle::GATEWAY_TOKEN;
use super::sandbox::Cluster;
use super::workspace::{PROVIDER, Workspace};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The API server says this status and reason, and does nothing.
    Answer(u16, &'static str),
    /// A proxy on the way answers with a page and this status.
    Page(u16),
    /// The connection breaks before the request comes through.
    Lost,
    /// The connection breaks after the API server has done what was asked.
    AnswerLost,
    /// The request does not come through, and the connection stays open.
    Held,
    /// The API server does what was asked, and the answer does not come.
    AnswerHeld,
}

/// A fault of one request.
#[derive(Debug)]
struct Rule {
    request: Which,
    fault: Fault,
}

/// Which request a fault strikes.
#[derive(Clone, Copy, Debug)]
enum Which {
    /// The next one of this method.
    Next(&'static str),
    /// The one of this method that is no dry run, after so many others like it.
    Write(&'static str, usize),
    /// The one after so many others.
    After(usize),
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    always: Option<Fault>,
    methods: Vec<String>,
    /// The methods of the requests that are no dry run.
    writes: Vec<String>,
    holds: bool,
}

type Requests = Box<dyn Fn(&str, &str, Value) -> (u64, Value) + Send + Sync>;

/// A server that passes requests on as the administrator of one cluster.
pub(crate) struct Gateway {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Gateway {
    /// Ends with the test process.
    pub(crate) fn to(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, requests) = (Arc::clone(&state), Arc::new(Box::new(cluster.requests()) as Requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, requests) = (Arc::clone(&shared), Arc::clone(&requests));
                // A connection that breaks is the business of the one at its other end.
                thread::spawn(move || serve(&stream, &state, &requests));
            }
        });
        Self { port, state }
    }

    /// The provider block that takes this way.
    pub(crate) fn provider(&self) -> String {
        let host = format!("http://127.0.0.1:{}", self.port);
        format!(
            "variable \"gateway_token\" {{\n  default = \"none\"\n}}\nprovider \"ekscompute\" {{\n  kubernetes {{\n    \
             host  = \"{host}\"\n    token = var.gateway_token\n  }}\n}}\n"
        )
    }

    /// Strikes one request of this method.
    pub(crate) fn fail(&self, method: &'static str, fault: Fault) {
        self.state().rules.push(Rule { request: Which::Next(method), fault });
    }

    /// Strikes one request, after so many others.
    pub(crate) fn fail_after(&self, skip: usize, fault: Fault) {
        self.state().rules.push(Rule { request: Which::After(skip), fault });
    }

    /// Strikes while a write is under way: the provider is killed, or the user interrupts it. The other requests are not
    /// counted, because how often a command asks and tries again depends on the time it takes.
    #[track_caller]
    pub(crate) fn strike(&self, workspace: &Workspace, command: &[&str], at: (&'static str, usize, Fault), kill: bool) {
        let (method, number, fault) = at;
        self.reset();
        self.state().rules.push(Rule { request: Which::Write(method, number), fault });
        let mut running = workspace.start(command);
        running.wait_until(method, |_| self.holds());
        if kill {
            assert!(running.kill_processes_of(Path::new(PROVIDER)) > 0, "the provider runs");
        } else {
            running.press_ctrl_c();
        }
        let struck = Instant::now();
        let run = running.wait();
        // Printed, not asserted: the process ends although nobody answers the request.
        eprintln!("ended after {:?}", struck.elapsed());
        assert!(!run.succeeded(), "{run}");
        self.reset();
    }

    /// Where to strike a command that must succeed and makes at least this number of writes of a method: before and after
    /// each. One that another writer gets ahead of is repeated, so there can be more.
    #[track_caller]
    pub(crate) fn strikes(
        &self,
        workspace: &Workspace,
        command: &[&str],
        method: &'static str,
        count: usize,
    ) -> Vec<(&'static str, usize, Fault)> {
        self.reset();
        workspace.run(command).success();
        let writes = std::mem::take(&mut *self.state()).writes;
        assert!(writes.iter().filter(|each| *each == method).count() >= count, "{method}: {writes:?}");
        (0..count).flat_map(|number| [(method, number, Fault::Held), (method, number, Fault::AnswerHeld)]).collect()
    }

    /// Strikes every request until it is reset.
    pub(crate) fn always_fail(&self, fault: Fault) {
        self.state().always = Some(fault);
    }

    /// Whether a request or an answer is being held.
    pub(crate) fn holds(&self) -> bool {
        self.state().holds
    }

    /// The methods of the requests since the last call; faults that did not strike are gone.
    pub(crate) fn reset(&self) -> Vec<String> {
        std::mem::take(&mut *self.state()).methods
    }

    /// How many faults have not struck yet.
    pub(crate) fn left(&self) -> usize {
        self.state().rules.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with the lock")
}

impl State {
    fn fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.methods.push(method.to_owned());
        let is_write = !path.contains("dryRun=");
        if is_write {
            self.writes.push(method.to_owned());
        }
        if self.always.is_some() {
            return self.always;
        }
        let matching = self.rules.iter().position(|rule| match rule.request {
            Which::Next(of) => of == method,
            Which::Write(of, _) => of == method && is_write,
            Which::After(_) => true,
        })?;
        if let Which::After(skip) | Which::Write(_, skip) = &mut self.rules[matching].request
            && *skip > 0
        {
            *skip -= 1;
            return None;
        }
        Some(self.rules.remove(matching).fault)
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>, requests: &Requests) -> Option<()> {
    let Request { method, path, content_type, body, is_oracle } = read(stream)?;
    let pass = || {
        let mut more = json!({});
        if !body.is_null() {
            more = json!({"body": body, "content_type": content_type});
        }
        requests(&method, &path, more)
    };
    let fault = if is_oracle { None } else { lock(state).fault(&method, &path) };
    let (status, answer) = match fault {
        None => pass(),
        Some(Fault::Answer(status, reason)) => {
            let message = format!("{reason} on purpose");
            let answer = json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason,
                "message": message, "details": {"name": "aws-auth", "kind": "configmaps"},
            });
            (status.into(), answer)
        }
        Some(Fault::Page(status)) => (status.into(), Value::String("a page of a proxy".to_owned())),
        Some(Fault::Lost) => return None,
        Some(Fault::AnswerLost) => {
            pass();
            return None;
        }
        Some(held @ (Fault::Held | Fault::AnswerHeld)) => {
            if held == Fault::AnswerHeld {
                pass();
            }
            lock(state).holds = true;
            // Until the other end goes away.
            let mut stream = stream;
            stream.read_to_end(&mut Vec::new()).ok()?;
            return None;
        }
    };
    let text = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut stream = stream;
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}

struct Request {
    method: String,
    path: String,
    content_type: String,
    body: Value,
    /// Whether the effect oracle asks, which no fault strikes.
    is_oracle: bool,
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut content_type, mut is_oracle) = (0, "application/json".to_owned(), false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "content-type" => value.trim().clone_into(&mut content_type),
            "authorization" => is_oracle = value.contains(GATEWAY_TOKEN),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = if length == 0 { Value::Null } else { serde_json::from_slice(&body).ok()? };
    Some(Request { method, path, content_type, body, is_oracle })
}
