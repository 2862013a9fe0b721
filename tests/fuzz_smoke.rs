//! The fuzz targets' own functions on a few thousand inputs from a fixed seed, so that the ordinary suite notices when
//! one breaks. `fuzz/README.md` tells how to search for real.

#[expect(unreachable_pub, reason = "public for the fuzz targets")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

use framework::types::Type;
use framework::value::Value;
use wire::codec::{decode_msgpack, encode_msgpack};

const INPUTS: u64 = 5_000;

/// SplitMix64: a well mixed sequence out of a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Bytes without any sense, or a seed with some of its bytes changed, cut or repeated.
    fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        if self.below(4) == 0 {
            let length = self.below(64);
            return (0..length).map(|_| self.next() as u8).collect();
        }
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..self.below(4) {
            let place = self.below(input.len().max(1));
            match self.below(4) {
                0 => input.truncate(place),
                1 => input.extend_from_within(place.min(input.len())..),
                _ => {
                    let byte = self.next() as u8;
                    if let Some(there) = input.get_mut(place) {
                        *there = byte;
                    }
                }
            }
        }
        input
    }
}

fn run(target: fn(&[u8]), seeds: &[Vec<u8>]) {
    let mut random = Random(20);
    for seed in seeds {
        target(seed);
    }
    for _ in 0..INPUTS {
        target(&random.input(seeds));
    }
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// An object with everything in it, in a dynamic, behind the byte that picks the dynamic type.
fn msgpack_seed() -> Vec<u8> {
    let inner = Type::object([
        ("names", Type::set(Type::String)),
        ("sizes", Type::list(Type::Number)),
        ("labels", Type::map(Type::String)),
        ("pair", Type::Tuple(vec![Type::Bool, Type::Dynamic])),
    ]);
    let value = Value::object([
        ("names", Value::set(vec!["b".into(), "a".into(), Value::unknown()])),
        ("sizes", Value::List(vec![1.into(), Value::Number("0.1".parse().expect("a number")), (-70_000).into()])),
        ("labels", Value::Map([("team".to_owned(), "x".into())].into())),
        ("pair", Value::Tuple(vec![true.into(), Value::Dynamic(Box::new((Type::String, Value::Null)))])),
    ]);
    let dynamic = Value::Dynamic(Box::new((inner, value)));
    let written = encode_msgpack(&dynamic, &Type::Dynamic).expect("a conforming value");
    assert_eq!(decode_msgpack(&written, &Type::Dynamic), Ok(dynamic));
    [vec![11], written].concat()
}

#[test]
fn msgpack() {
    let refined = b"\x02\xc7\x09\x0c\x82\x01\xc2\x02\xa4ami-".to_vec();
    let bounded = b"\x01\xc7\x0a\x0c\x82\x03\x92\x01\xc3\x04\x92\x07\xc3".to_vec();
    run(targets::msgpack, &[msgpack_seed(), refined, bounded]);
}

#[test]
fn json() {
    let seeds = texts(&[
        "\u{b}{\"type\": [\"list\", \"number\"], \"value\": [1, 0.5, \"7\", 1e30]}",
        "\u{7}{\"a\": \"x\", \"b\": -1.50, \"c\": {\"type\": \"bool\", \"value\": null}}",
        "\u{4}[3, 1, 2, 1]",
    ]);
    run(targets::json, &seeds);
}

#[test]
fn type_expression() {
    let object = "[\"object\", {\"a\": [\"list\", \"string\"], \"b\": [\"tuple\", [\"bool\", \"dynamic\"]]}, [\"a\"]]";
    run(targets::type_expression, &texts(&[object, "[\"map\", [\"set\", \"number\"]]"]));
}

#[test]
fn duration() {
    run(targets::duration, &texts(&["1h30m", "1.5h", "300ms", "0", "9223372036854775807ns", "2µs"]));
}

#[test]
fn aws_auth() {
    let block = "- groups:\n  - system:nodes\n  rolearn: r1\n  username: system:node:{{EC2PrivateDNSName}}\n# c\n- rolearn: r2\n";
    let flow = "[{\"rolearn\":\"r1\",\"username\":\"a\",\"groups\":[\"g\"]},\n {rolearn: r2, groups: []}]";
    let odd = "---\n- &a\n  ROLEARN: r1\n  username: >-\n    x\n  groups: [on, ~,\n    b]\n- null\n- <<: *a\n  rolearn: r3\n...\n";
    let seeds = [block, flow, odd]
        .into_iter()
        .flat_map(|text| (16..=18).map(move |first: u8| [&[first], text.as_bytes()].concat()));
    run(targets::aws_auth, &seeds.collect::<Vec<_>>());
}

#[test]
fn node_log() {
    let nodeadm =
        "[   12.3] cloud-init[1]: x\r\n[   13.0] nodeadm[2]: {\"level\":\"fatal\",\"msg\":\"a\",\"error\":\"b\"}\n";
    run(targets::node_log, &texts(&[nodeadm, "aws_secret_access_key = abc\n", "Failed to start kubelet.service\n"]));
}

#[test]
fn policy() {
    let seeds = texts(&[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:Assume*","sts:TagSession"],"Principal":{"Service":["ec2.amazonaws.com"],"AWS":"*"}}]}"#,
        r#"{"Statement":{"Effect":"Deny","NotAction":"?ts:*","NotPrincipal":"*","Condition":{"Bool":{"a":[true,1]},"ArnLike":{"aws:SourceArn":"arn:*"}}}}"#,
        r#"{"Statement":[null,{"Principal":{"Service":{}}}]}"#,
    ]);
    run(targets::policy, &seeds);
}

#[test]
fn userdata() {
    let mime = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"B\"\r\n\r\n--B\r\nContent-Type: text/x-shellscript\r\nContent-Transfer-Encoding: base64\r\n\r\nZWNobw==\r\n--B--\r\n";
    let others = [
        "#!/bin/bash\n/etc/eks/bootstrap.sh c\n",
        "[settings.kubernetes]\ncluster-name = \"c\"\n",
        "<powershell>\nx\n</powershell>",
        "#cloud-config\na: 1\n",
    ];
    run(targets::userdata, &texts(&[&[mime], &others[..]].concat()));
}

#[test]
fn yaml() {
    let node = "---\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config: {maxPods: 110, a: [1, -2.5, 'x: y']}\n    flags:\n    - --v=4\n  text: |\n    a\n    b\n";
    run(targets::yaml, &texts(&[node, "a: \"\\u00e9\\n\"\nb: ~\nc: 1e3\n"]));
}

#[test]
fn toml() {
    let settings = "[settings]\nmotd = \"hi\"\n[settings.kernel.sysctl]\n\"vm.max_map_count\" = \"262144\"\n[settings.kubernetes]\nlog-level = 3\n[settings.kubernetes.eviction-hard]\n\"memory.available\" = \"5%\"\n";
    let inline = "settings.host-containers.admin = { enabled = true }\nsettings.ntp.time-servers = [\"a\", 'b']\n";
    let containerd = "version = 3\n[plugins.'io.containerd.cri.v1.runtime']\nenable_cdi = true # c\n[[a.b]]\nx = 1979-05-27\ny = { z = [1, 2.5] }\n";
    let seeds = [("\u{0}", settings), ("\u{0}", inline), ("\u{1}", containerd)];
    run(targets::toml, &seeds.map(|(first, text)| format!("{first}{text}").into_bytes()));
}
