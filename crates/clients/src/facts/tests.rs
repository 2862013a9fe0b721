//! AWS responses become facts, and unreadable facts are reported as such.

use serde_json::json;

use super::*;
use crate::aws::script::{Script, ok};
use preflight::facts::{CapacityReservation, InstanceProfile, Principal, Route, Selector, Target};

/// Facts from scripted HTTP responses.
pub(super) fn facts_from(script: &Script) -> Arc<AwsFacts> {
    let config = script.config();
    Arc::new(AwsFacts::new(Services {
        ec2: aws_sdk_ec2::Client::new(&config),
        eks: aws_sdk_eks::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        kms: aws_sdk_kms::Client::new(&config),
        quotas: aws_sdk_servicequotas::Client::new(&config),
        ssm: aws_sdk_ssm::Client::new(&config),
        sts: None,
        clusters: Clusters::new(aws_sdk_eks::Client::new(&config)),
        kubernetes: None,
        started_at: 0,
    }))
}

pub(super) async fn read(facts: &Arc<AwsFacts>, asks: impl IntoIterator<Item = Ask>) -> Vec<Fact> {
    facts.read(asks.into_iter().collect()).await
}

fn xml(operation: &str, inside: &str) -> (u16, String) {
    (200, format!("<{operation}Response><requestId>r</requestId>{inside}</{operation}Response>"))
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    let error = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    (status, format!("<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"))
}

#[tokio::test]
async fn security_group_is_associated_with_vpcs() {
    let item = |vpc: &str, state: &str| format!("<item><vpcId>{vpc}</vpcId><state>{state}</state></item>");
    let items = [item("vpc-2", "associated"), item("vpc-3", "disassociated"), item("vpc-4", "associating")].concat();
    let set = format!("<securityGroupVpcAssociationSet>{items}</securityGroupVpcAssociationSet>");
    let facts = facts_from(&Script::answering([xml("DescribeSecurityGroupVpcAssociations", &set)]));
    let found = read(&facts, [Ask::SecurityGroupVpcs("sg-1".to_owned())]).await;
    let vpcs = ["vpc-2", "vpc-4"].map(str::to_owned).to_vec();
    assert_eq!(found, [Fact::SecurityGroupVpcs("sg-1".to_owned(), FactResult::Known(vpcs))]);
}

#[tokio::test]
async fn capacity_reservations_of_all_pages_are_read_once() {
    let item = |inside: &str| format!("<item><capacityReservationId>cr-{inside}</item>");
    let page = |items: &str, more: &str| {
        let set = format!("<capacityReservationSet>{items}</capacityReservationSet>{more}");
        xml("DescribeCapacityReservations", &set)
    };
    let first = item(
        "1</capacityReservationId><ownerId>111122223333</ownerId><instanceType>p5.48xlarge</instanceType>\
         <availabilityZone>us-east-1b</availabilityZone><availabilityZoneId>use1-az2</availabilityZoneId>\
         <state>scheduled</state><reservationType>capacity-block</reservationType>\
         <instanceMatchCriteria>targeted</instanceMatchCriteria><startDate>2027-01-31T11:30:00.000Z</startDate>\
         <tagSet><item><key>team</key><value>ml</value></item></tagSet>",
    );
    let second = item("2</capacityReservationId><state>cancelled</state>");
    let script = Script::answering([page(&first, "<nextToken>more</nextToken>"), page(&second, "")]);
    let facts = facts_from(&script);
    let read_all = async || read(&facts, [Ask::CapacityReservations(())]).await;
    let found = read_all().await;
    let [Fact::CapacityReservations((), FactResult::Known(all))] = found.as_slice() else { panic!("{found:?}") };
    let expected = CapacityReservation {
        id: "cr-1".to_owned(),
        owner_id: "111122223333".to_owned(),
        instance_type: "p5.48xlarge".to_owned(),
        zone: "us-east-1b".to_owned(),
        zone_id: "use1-az2".to_owned(),
        state: "scheduled".to_owned(),
        kind: "capacity-block".to_owned(),
        match_criteria: "targeted".to_owned(),
        starts_at: Some("2027-01-31T11:30:00Z".to_owned()),
        tags: [("team".to_owned(), "ml".to_owned())].into(),
    };
    let cancelled =
        CapacityReservation { id: "cr-2".to_owned(), state: "cancelled".to_owned(), ..CapacityReservation::default() };
    assert_eq!(*all, [expected, cancelled]);
    assert_eq!(read_all().await, found);
}

#[tokio::test]
async fn subnets_asked_together_are_read_in_one_call_and_once() {
    let set = "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availableIpAddressCount>7\
               </availableIpAddressCount><mapPublicIpOnLaunch>true</mapPublicIpOnLaunch></item></subnetSet>";
    let script = Script::answering([xml("DescribeSubnets", set)]);
    let facts = facts_from(&script);
    let asks = ["subnet-1", "subnet-2"].map(|id| Ask::Subnet(id.to_owned()));
    for _ in 0..2 {
        let found = read(&facts, asks.clone()).await;
        let [Fact::Subnet(_, FactResult::Known(first)), Fact::Subnet(_, FactResult::Missing)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((first.vpc_id.as_str(), first.free_addresses, first.maps_public_ip), ("vpc-1", 7, true));
    }
    let sent = script.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].body.contains("subnet-1") && sent[0].body.contains("subnet-2"), "{}", sent[0].body);
}

#[tokio::test]
async fn routes_tell_where_they_lead_to() {
    let route = |inside: &str| format!("<item>{inside}<state>active</state></item>");
    let cidr = "<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>";
    let routes = [
        route("<destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId>"),
        route(&format!("{cidr}<natGatewayId>nat-1</natGatewayId>")),
        route(&format!("{cidr}<gatewayId>igw-1</gatewayId>")),
        route("<destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId>"),
        route(
            "<destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>",
        ),
        format!("<item>{cidr}<transitGatewayId>tgw-1</transitGatewayId><state>blackhole</state></item>"),
    ];
    let table = format!(
        "<routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet>{}</routeSet><associationSet><item>\
         <main>true</main></item><item><subnetId>subnet-1</subnetId></item></associationSet></item></routeTableSet>",
        routes.concat()
    );
    let facts = facts_from(&Script::answering([xml("DescribeRouteTables", &table)]));
    let found = read(&facts, [Ask::RouteTables("vpc-1".to_owned())]).await;
    let [Fact::RouteTables(_, FactResult::Known(tables))] = found.as_slice() else { panic!("{found:?}") };
    let [table] = tables.as_slice() else { panic!("{tables:?}") };
    assert_eq!((table.main, table.subnets.as_slice()), (true, ["subnet-1".to_owned()].as_slice()));
    let to =
        |destination: &str, target: Target| Route { destination: destination.to_owned(), target, blackhole: false };
    let expected = [
        to("10.0.0.0/16", Target::Local),
        to("0.0.0.0/0", Target::NatGateway("nat-1".to_owned())),
        to("0.0.0.0/0", Target::InternetGateway("igw-1".to_owned())),
        to("pl-1", Target::Endpoint("vpce-1".to_owned())),
        to("::/0", Target::EgressOnlyGateway("eigw-1".to_owned())),
        Route { blackhole: true, ..to("0.0.0.0/0", Target::Other("tgw-1".to_owned())) },
    ];
    assert_eq!(table.routes, expected);
}

#[tokio::test]
async fn unreadable_fact_is_cached_with_its_action() {
    let script = Script::answering([refusal(403, "UnauthorizedOperation"), refusal(503, "Unavailable")]);
    let facts = facts_from(&script);
    for (ask, cause, action) in [
        (Ask::Endpoints("vpc-1".to_owned()), Cause::Denied, "ec2:DescribeVpcEndpoints"),
        (Ask::NatGateways("vpc-1".to_owned()), Cause::Failed, "ec2:DescribeNatGateways"),
    ] {
        for _ in 0..2 {
            let found = read(&facts, [ask.clone()]).await;
            let why = found.first().and_then(Fact::why_unreadable).expect("a reason");
            assert_eq!((why.cause, why.action), (cause, action));
        }
    }
    assert_eq!(script.sent().len(), 2);
}

#[tokio::test]
async fn unavailable_facts_are_missing() {
    let script = Script::answering([refusal(400, "InvalidLaunchTemplateId.Malformed")]);
    let version = preflight::facts::TemplateVersion {
        template: preflight::facts::TemplateName::Id("lt-x".to_owned()),
        version: "1".to_owned(),
    };
    let found = read(&facts_from(&script), [Ask::Template(version.clone()), Ask::Caller(())]).await;
    assert_eq!(found, [Fact::Caller((), FactResult::Missing), Fact::Template(version, FactResult::Missing)]);
}

#[tokio::test]
async fn quota_is_the_applied_one_or_the_default() {
    let none = (400, json!({"__type": "NoSuchResourceException", "Message": "no"}).to_string());
    let default = ok(&json!({"Quota": {"Value": 30.0}}));
    let script = Script::answering([none, default, ok(&json!({"Quota": {"Value": 99.0}}))]);
    let facts = facts_from(&script);
    let code = |code: &str| preflight::facts::QuotaCode { service: "eks".to_owned(), code: code.to_owned() };
    for (of, value) in [("L-1", 30.0), ("L-2", 99.0)] {
        let found = read(&facts, [Ask::Quota(code(of))]).await;
        let [Fact::Quota(_, FactResult::Known(quota))] = found.as_slice() else { panic!("{found:?}") };
        assert!((quota.value - value).abs() < f64::EPSILON, "{quota:?}");
    }
}

#[tokio::test]
async fn selector_terms_map_to_ec2_filters() {
    let empty = || xml("DescribeSubnets", "<subnetSet/>");
    let one = xml("DescribeSubnets", "<subnetSet><item><subnetId>subnet-1</subnetId></item></subnetSet>");
    let group = "<securityGroupInfo><item><groupId>sg-1</groupId></item></securityGroupInfo>";
    let script = Script::answering([empty(), one, xml("DescribeSecurityGroups", group)]);
    let facts = facts_from(&script);
    let tags =
        Selector::Tags([("team", "ml"), ("vpc", "*")].map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    let found = read(&facts, [Ask::SelectedSubnets(tags.clone())]).await;
    assert_eq!(found, [Fact::SelectedSubnets(tags, FactResult::Known(Vec::new()))]);
    let id = Selector::Id("subnet-1".to_owned());
    let found = read(&facts, [Ask::SelectedSubnets(id)]).await;
    assert!(
        matches!(found.as_slice(), [Fact::SelectedSubnets(_, FactResult::Known(subnets))] if subnets[0].id == "subnet-1")
    );
    let name = Selector::Name("nodes".to_owned());
    let found = read(&facts, [Ask::SelectedSecurityGroups(name)]).await;
    assert!(
        matches!(found.as_slice(), [Fact::SelectedSecurityGroups(_, FactResult::Known(groups))] if groups[0].id == "sg-1")
    );
    let sent = script.sent();
    let filters = |index: usize, words: &[&str]| {
        let body = &sent[index].body;
        assert!(words.iter().all(|word| body.contains(word)), "{body}");
    };
    filters(0, &["Filter.1.Name=tag%3Ateam", "Filter.1.Value.1=ml", "Filter.2.Name=tag-key", "Filter.2.Value.1=vpc"]);
    filters(1, &["Filter.1.Name=subnet-id"]);
    filters(2, &["Filter.1.Name=group-name", "Filter.1.Value.1=nodes"]);
}

#[tokio::test]
async fn instance_profiles_and_access_policies_are_read() {
    let role = "<Roles><member><Path>/</Path><RoleName>nodes</RoleName><RoleId>r</RoleId><Arn>arn</Arn><CreateDate>\
                2026-01-01T00:00:00Z</CreateDate></member></Roles>";
    let profile = format!(
        "<InstanceProfile><Path>/</Path><InstanceProfileName>own</InstanceProfileName><InstanceProfileId>i</InstanceProfileId>\
         <Arn>arn</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>{role}</InstanceProfile>"
    );
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy";
    let gone = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";
    let script = Script::answering([
        query("GetInstanceProfile", &profile),
        (404, gone.to_owned()),
        ok(&json!({"associatedAccessPolicies": [{"policyArn": policy}]})),
    ]);
    let facts = facts_from(&script);
    let found = read(&facts, [Ask::InstanceProfile("own".to_owned())]).await;
    let expected = InstanceProfile { role: Some("nodes".to_owned()) };
    assert_eq!(found, [Fact::InstanceProfile("own".to_owned(), FactResult::Known(expected))]);
    let found = read(&facts, [Ask::InstanceProfile("gone".to_owned())]).await;
    assert_eq!(found, [Fact::InstanceProfile("gone".to_owned(), FactResult::Missing)]);
    let principal = Principal { cluster: "demo".to_owned(), arn: "arn".to_owned() };
    let found = read(&facts, [Ask::AccessPolicies(principal.clone())]).await;
    assert_eq!(found, [Fact::AccessPolicies(principal, FactResult::Known(vec![policy.to_owned()]))]);
}

#[tokio::test]
async fn parameters_asked_together_are_read_in_one_call() {
    let script = Script::answering([ok(
        &json!({"Parameters": [{"Name": "/a", "Value": "ami-1"}], "InvalidParameters": ["/b"]}),
    )]);
    let facts = facts_from(&script);
    let found = read(&facts, ["/a", "/b"].map(|name| Ask::PublicParameter(name.to_owned()))).await;
    let [a, b] = [
        Fact::PublicParameter("/a".to_owned(), FactResult::Known("ami-1".to_owned())),
        Fact::PublicParameter("/b".to_owned(), FactResult::Missing),
    ];
    assert_eq!((found, script.sent().len()), (vec![a, b], 1));
}

/// Returns an IAM response.
fn query(operation: &str, inside: &str) -> (u16, String) {
    let result = format!("<{operation}Result>{inside}</{operation}Result>");
    (200, format!("<{operation}Response>{result}<ResponseMetadata/></{operation}Response>"))
}

fn wish(resource: &str, context: &[(&str, &str)]) -> Ask {
    Ask::Allowed(Wish {
        principal: "arn:aws:iam::111122223333:user/ann".to_owned(),
        action: "iam:PassRole".to_owned(),
        resource: resource.to_owned(),
        context: context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    })
}

#[tokio::test]
async fn simulator_is_told_the_context_and_may_lack_some() {
    let answer = |decision: &str, missing: &str| {
        let specific = format!(
            "<ResourceSpecificResults><member><EvalResourceName>r</EvalResourceName><EvalResourceDecision>{decision}\
             </EvalResourceDecision><MissingContextValues>{missing}</MissingContextValues></member>\
             </ResourceSpecificResults>"
        );
        let result =
            format!("<EvalActionName>iam:PassRole</EvalActionName><EvalDecision>{decision}</EvalDecision>{specific}");
        let results = format!("<EvaluationResults><member>{result}</member></EvaluationResults>");
        query("SimulatePrincipalPolicy", &format!("{results}<IsTruncated>false</IsTruncated>"))
    };
    let missing = "<member>aws:SourceIp</member>";
    let cases = [
        ("implicitDeny", "", Decision::ImplicitDeny),
        ("implicitDeny", missing, Decision::Undecided),
        ("explicitDeny", missing, Decision::Undecided),
        ("allowed", missing, Decision::Allowed),
    ];
    for (decision, missing, expected) in cases {
        let script = Script::answering([answer(decision, missing)]);
        let found = read(&facts_from(&script), [wish("r", &[("iam:PassedToService", "eks.amazonaws.com")])]).await;
        let [Fact::Allowed(_, FactResult::Known(decision))] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(*decision, expected);
        let body = &script.sent()[0].body;
        for part in ["ContextKeyName=iam%3APassedToService", "eks.amazonaws.com", "ContextKeyType=string"] {
            assert!(body.contains(part), "{part}: {body}");
        }
    }
}

#[tokio::test]
async fn wishes_in_other_contexts_are_other_questions() {
    let answer = || {
        let result = "<EvalActionName>iam:PassRole</EvalActionName><EvalDecision>allowed</EvalDecision>";
        query("SimulatePrincipalPolicy", &format!("<EvaluationResults><member>{result}</member></EvaluationResults>"))
    };
    let script = Script::answering([answer(), answer()]);
    let found = read(&facts_from(&script), [wish("r", &[]), wish("r", &[("key", "value")])]).await;
    assert!(
        found.iter().all(|fact| matches!(fact, Fact::Allowed(_, FactResult::Known(Decision::Allowed)))),
        "{found:?}"
    );
    assert_eq!(script.sent().len(), 2);
}

#[tokio::test]
async fn account_tells_its_instance_profiles() {
    let entry = |key: &str, value: i32| format!("<entry><key>{key}</key><value>{value}</value></entry>");
    let entries = entry("InstanceProfiles", 7) + &entry("InstanceProfilesQuota", 1000) + &entry("SomethingNew", 1);
    let script = Script::answering([query("GetAccountSummary", &format!("<SummaryMap>{entries}</SummaryMap>"))]);
    let found = read(&facts_from(&script), [Ask::InstanceProfiles(())]).await;
    let profiles = preflight::facts::InstanceProfiles { count: 7, most: 1000 };
    assert_eq!(found, [Fact::InstanceProfiles((), FactResult::Known(profiles))]);
}

#[tokio::test]
async fn placement_groups_have_names_and_ids() {
    let item = "<item><groupName>own</groupName><strategy>spread</strategy><state>available</state>\
                <spreadLevel>rack</spreadLevel></item>";
    let set = xml("DescribePlacementGroups", &format!("<placementGroupSet>{item}</placementGroupSet>"));
    let script = Script::answering([set, refusal(400, "InvalidPlacementGroup.Unknown")]);
    let facts = facts_from(&script);
    let found = read(&facts, [Ask::PlacementGroup("own".to_owned())]).await;
    let [Fact::PlacementGroup(_, FactResult::Known(group))] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (group.strategy.as_str(), group.state.as_str(), group.spread_level.as_str()),
        ("spread", "available", "rack")
    );
    let found = read(&facts, [Ask::PlacementGroup("pg-1".to_owned())]).await;
    assert_eq!(found, [Fact::PlacementGroup("pg-1".to_owned(), FactResult::Missing)]);
    let bodies: Vec<_> = script.sent().into_iter().map(|sent| sent.body).collect();
    assert!(bodies[0].contains("group-name") && bodies[1].contains("GroupId.1=pg-1"), "{bodies:?}");
}

#[tokio::test]
async fn dhcp_options_come_with_the_blocks_of_the_vpc() {
    let block = |cidr: &str| format!("<item><cidrBlock>{cidr}</cidrBlock></item>");
    let vpc = |options: &str| {
        let blocks = block("10.0.0.0/16") + &block("10.1.0.0/16");
        let vpc = format!(
            "<item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock><dhcpOptionsId>{options}</dhcpOptionsId>\
             <cidrBlockAssociationSet>{blocks}</cidrBlockAssociationSet></item>"
        );
        xml("DescribeVpcs", &format!("<vpcSet>{vpc}</vpcSet>"))
    };
    let servers =
        "<item><key>domain-name-servers</key><valueSet><item><value>10.0.0.2</value></item></valueSet></item>";
    let options = format!("<item><dhcpConfigurationSet>{servers}</dhcpConfigurationSet></item>");
    let options = xml("DescribeDhcpOptions", &format!("<dhcpOptionsSet>{options}</dhcpOptionsSet>"));
    let script = Script::answering([vpc("dopt-1"), options, vpc("default")]);
    let facts = facts_from(&script);
    for (id, servers) in [("vpc-1", vec!["10.0.0.2"]), ("vpc-2", vec![])] {
        let found = read(&facts, [Ask::DhcpOptions(id.to_owned())]).await;
        let [Fact::DhcpOptions(_, FactResult::Known(options))] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(options.domain_name_servers, servers);
        assert_eq!(options.vpc_cidrs, ["10.0.0.0/16", "10.1.0.0/16"]);
    }
}

#[tokio::test]
async fn node_roles_are_those_of_all_node_groups() {
    let group = |role: &str| ok(&json!({"nodegroup": {"nodegroupName": "n", "nodeRole": role}}));
    let gone = (404, json!({"__type": "ResourceNotFoundException", "message": "no"}).to_string());
    let script = Script::answering([ok(&json!({"nodegroups": ["a", "b", "c"]})), group("one"), gone, group("two")]);
    let found = read(&facts_from(&script), [Ask::NodeRoles("demo".to_owned())]).await;
    let [Fact::NodeRoles(_, FactResult::Known(roles))] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(roles.values().collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn today_is_a_day() {
    let today = identity::today().expect("a day");
    assert!(today.len() == 10 && today.as_str() > "2025-11-26", "{today}");
}
