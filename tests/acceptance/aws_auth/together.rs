//! Many writers at once: no entry is lost, none is doubled, and what others wrote stays as they wrote it.

use std::collections::BTreeMap;
use std::thread;

use render::aws_auth::{Listing, Mapping};
use serde_json::json;

use super::{Auth, MAP, OF_EKS, P, entry};
use crate::support::cli::Cli;
use crate::support::workspace::Workspace;

const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

impl Auth {
    /// A workspace with so many entries, the names of whose roles begin so.
    fn many(&self, prefix: &str, count: usize) -> Workspace {
        let workspace = self.cluster.workspace(Cli::OnPath);
        let names = format!("  for_each = toset([for number in range({count}) : \"{prefix}-${{number}}\"])\n");
        let rest = format!("{names}  role_arn = \"{P}${{each.key}}\"\n  username = each.key\n  groups = [\"g\"]");
        workspace.write("main.tf", &self.role("many", &rest));
        workspace
    }

    /// Edits the text as kubectl does: reads it, and writes it if nobody has written it meanwhile.
    fn edit(&self, way: usize, edit: impl Fn(&str) -> String) {
        loop {
            let mut map = self.map();
            let text = edit(map["data"]["mapRoles"].as_str().expect("the map is there"));
            let (method, body, content_type) = if way.is_multiple_of(2) {
                map["data"]["mapRoles"] = json!(text);
                ("PUT", map, "application/json")
            } else {
                let version = &map["metadata"]["resourceVersion"];
                let patch = json!({"metadata": {"resourceVersion": version}, "data": {"mapRoles": text}});
                ("PATCH", patch, "application/merge-patch+json")
            };
            let path = format!("{MAP}?fieldManager=kubectl-edit");
            match self.cluster.kubernetes(method, &path, json!({"body": body, "content_type": content_type})) {
                (200, _) => return,
                (409, _) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Makes a node group with a role of its own, as somebody else would.
    fn make_node_group(&self, name: &str) -> String {
        let role = format!("{}-{name}", self.cluster.name);
        self.cluster.iam("CreateRole", &format!("RoleName={role}&AssumeRolePolicyDocument={TRUST}"));
        let account = self.cluster.made("node_role_arn").split(':').nth(4).expect("an account");
        let arn = format!("arn:aws:iam::{account}:role/{role}");
        let body = json!({
            "nodegroupName": name, "nodeRole": arn, "subnets": self.cluster.made["private_subnet_ids"],
            "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
        });
        let path = format!("/clusters/{}/node-groups", self.cluster.name);
        self.cluster.eks("POST", &path, &body);
        // It is made when it is first asked for.
        self.cluster.eks("GET", &format!("{path}/{name}"), &json!({}));
        arn
    }
}

/// What the entries say: user name and groups of each ARN, which occurs once.
#[track_caller]
fn listed(text: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let listing = Listing::read(text, Mapping::Roles).unwrap_or_else(|refusal| panic!("{refusal}:\n{text}"));
    let mut listed = BTreeMap::new();
    for found in listing.entries() {
        let arn = found.arn.clone().expect("an ARN");
        let earlier = listed.insert(arn.clone(), (found.username.clone(), found.groups.clone()));
        assert_eq!(earlier, None, "{arn} occurs twice");
    }
    listed
}

#[test]
fn four_concurrent_runs_preserve_eks_and_kubectl_entries() {
    let auth = Auth::new(Cli::OnPath);
    auth.cluster.start_kubernetes(json!({"aws_auth_writer": true}));
    auth.put_roles(OF_EKS);
    let workspaces: Vec<_> = (0..4).map(|number| auth.many(&format!("run-{number}"), 100)).collect();
    let runs: Vec<_> = workspaces.iter().map(Workspace::start_apply).collect();
    let arns = thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..20 {
                let name = format!("kubectl-{number}");
                auth.edit(number, |text| format!("{text}{}", entry(&name, &name, &["a", "b"])));
            }
        });
        let eks =
            scope.spawn(|| (0..6).map(|number| auth.make_node_group(&format!("ng-{number}"))).collect::<Vec<_>>());
        runs.into_iter().for_each(|run| drop(run.wait().success()));
        eks.join().expect("node groups are made")
    });
    auth.settle();
    let mut expected: BTreeMap<_, _> = listed(OF_EKS);
    let node = expected.values().next().expect("an entry").clone();
    expected.extend(arns.into_iter().map(|arn| (arn, node.clone())));
    let texts = |names: Vec<String>, groups: &[&str]| {
        listed(&names.iter().map(|name| entry(name, name, groups)).collect::<String>())
    };
    expected.extend(texts((0..20).map(|number| format!("kubectl-{number}")).collect(), &["a", "b"]));
    let foreign = expected.clone();
    let ours = (0..4).flat_map(|run| (0..100).map(move |number| format!("run-{run}-{number}")));
    expected.extend(texts(ours.collect(), &["g"]));
    assert_eq!(listed(&auth.roles()), expected);

    // And back, while the node groups go.
    let asked = auth.cluster.count("eks:ListNodegroups");
    let runs: Vec<_> = workspaces.iter().map(|each| each.start(&["destroy", "-json", "-auto-approve"])).collect();
    for number in 0..6 {
        let path = format!("/clusters/{}/node-groups/ng-{number}", auth.cluster.name);
        auth.cluster.eks("DELETE", &path, &json!({}));
    }
    runs.into_iter().for_each(|run| drop(run.wait().success()));
    let asked = auth.cluster.count("eks:ListNodegroups") - asked;
    assert!(asked < 100, "400 deletions asked {asked} times who uses their roles");
    auth.settle();
    let left = listed(&auth.roles());
    let stray: Vec<_> = left.iter().filter(|(arn, value)| foreign.get(*arn) != Some(value)).collect();
    assert!(stray.is_empty(), "{stray:?}");
    let kept = |arn: &&String| arn.starts_with(P);
    assert_eq!(left.keys().filter(kept).collect::<Vec<_>>(), foreign.keys().filter(kept).collect::<Vec<_>>());
}

/// A block as people write it, in a revision.
fn block(number: usize, revision: usize) -> String {
    format!(
        "# team {number}, do not touch\n- username: 'team{number}'   # revision {revision}\n  owner: \"x\"\n  groups: [a,   b]\n  \
         rolearn:   {P}team-{number}\n\n"
    )
}

#[test]
fn comments_and_layout_of_others_stay_while_both_write() {
    let auth = Auth::new(Cli::OnPath);
    let before = "# the map\n- {rolearn: 'arn:aws:iam::111122223333:role/ci', username: ci}\n";
    auth.put_roles(before);
    let workspaces: Vec<_> = (0..2).map(|number| auth.many(&format!("run-{number}"), 60)).collect();
    let runs: Vec<_> = workspaces.iter().map(Workspace::start_apply).collect();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..15 {
                auth.edit(number, |text| format!("{text}{}", block(number, 1)));
                auth.edit(number + 1, |text| text.replace(&block(number, 1), &block(number, 2)));
            }
        });
        runs.into_iter().for_each(|run| drop(run.wait().success()));
    });
    let mut text = auth.roles();
    for name in (0..2).flat_map(|run| (0..60).map(move |number| format!("run-{run}-{number}"))) {
        let own = entry(&name, &name, &["g"]);
        assert_eq!(text.matches(&own).count(), 1, "{name}:\n{text}");
        text = text.replace(&own, "");
    }
    let foreign = format!("{before}{}", (0..15).map(|number| block(number, 2)).collect::<String>());
    assert_eq!(text, foreign);
    let runs: Vec<_> = workspaces.iter().map(|each| each.start(&["destroy", "-json", "-auto-approve"])).collect();
    runs.into_iter().for_each(|run| drop(run.wait().success()));
    assert_eq!(auth.roles(), foreign);
}
