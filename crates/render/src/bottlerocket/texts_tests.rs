use rstest::rstest;

use super::*;

/// What Bottlerocket's own models take and refuse.
#[rstest]
#[case(&QUANTITY, &["129e6", "10Mi", "1024M", "1Gi", "120Ki", "1Ti", "1000n", "100m", "1.5", "-1", "2"], &["", "12%", "12ki", "100e23m", "1100KTi", "100Kiii", "1000i", "Mi", ".", "1..2"])]
#[case(&THRESHOLD, &["10%", "0%", "99.9%", "500Mi"], &["", "anything%", "100%", "-1%", "nan%", "12ki", "%"])]
#[case(&DURATION, &["9ms", "99s", "20m", "1h", "1h2m3s10ms", "4m5s10ms", "2h3s10ms", "1.5h3.5m"], &["", "100", "...3ms", "1..5s", "ten second", "1m2h", "9ns", "1.s", ".5s", "s", "1h1h", "-1s"])]
#[case(&CLUSTER_NAME, &["more-chars_here-123", "trailing-dash-", "0", "under_score_"], &["", "bad.", "-bad", "_bad", "very bad", "é"])]
#[case(&LABEL_KEY, &["no-prefix", "have.a/prefix", "more-chars_here.now", "a"], &["", ".bad", "bad.", "/a", "a/", "a/b/c", "a b"])]
#[case(&LABEL_VALUE, &["", "more-chars_here.now"], &[".bad", "bad.", "a b", "a/b"])]
#[case(&TAINT, &["value:NoSchedule", ":NoExecute", "a-b:PreferNoSchedule"], &["", ".bad", "value:", ":", "-a:NoSchedule", "value", "a:Never"])]
#[case(&URL, &["https://example.com/path", "example.com", "ntp://127.0.0.1", "localhost:8080", ".cluster.local", "http://a@b", "aws:///eu-west-1a/i-0"], &["", "how are you", "weird@", "http://", "https://a b", "a\nb", ":80", "aws://"])]
#[case(&IDENTIFIER, &["hello-world", "123", "-"], &["", "../", "hello_world", "é", "a\nb"])]
#[case(&HOST_NAME, &["hello", "hello1234567890", "a.b"], &["", " ", "-a", ".a", "@a", "a..a", "a.-a", "A"])]
#[case(&DOMAIN, &["cluster.local", "dev.eks"], &["", "foo/com", ".a", "123.123.123.123", "a..b"])]
#[case(&SYSCTL, &["net/ipv4/conf/enp0s42f3/igmpv3", "a", "vm.max_map_count", "fs/aio-nr"], &["", ".a", "/a", "a..b", "a b"])]
#[case(&CPU_SET, &["0", "0-1,4", "1,2,3"], &["", "1-", "-1", "2-1", "a", "1,,2", "+1"])]
#[case(&PERCENT, &["0", "85", "100"], &["", "101", "-1", "8%", "+5"])]
#[case(&GPU_MODEL, &["a100.40gb", "h100.141gb", "b200.180gb", "rtxpro6000.96gb"], &["invalid", "1000", "A100.40GB", "a100.40", "a.1gb", "100.1gb"])]
#[case(&MIG_PROFILE, &["1g.5gb", "7g.141gb", "1", "7"], &["invalid", "5", "10g.100gb", "1g.10GB", "1g10gb", "g.10gb", "1g.gb"])]
#[case(&BOOTSTRAP_TOKEN, &["abcdef.0123456789abcdef"], &["", "ABCDEF.0123456789ABCDEF", "secret"])]
#[case(&BASE64, &["", "aGk="], &["aGk", "a b=", "aGk=\n", "invalid base64"])]
#[case(&LINE, &["", "a b", "é"], &["a\nb", "\r", "\u{b}", "\u{85}", "\u{2028}", "\u{2029}", "\0"])]
#[case(&SIZE, &["16mb", "64MiB", "1024", "1.5gb", ".5gb", "42.7MB"], &["", "mb", "64 MiB", "8.5.2mb", "16x", "-1"])]
#[case(&IP, &["10.0.0.1", "fd30::a"], &["", "10.0.0", "10.0.0.0/8"])]
#[case(&CAPABILITY, &["net-admin", "sys-tty-config"], &["", "NET_ADMIN", "cap-net-admin", "netadmin"])]
#[case(&RESOURCE_LIMIT, &["max-open-files", "max-stack-size"], &["", "nofile", "RLIMIT_NOFILE", "max-files"])]
#[case(&HUGE_PAGE_SIZE, &["2Mi", "1Gi", "64Ki"], &["", "2", "2M", "3Mi", "0Mi", "1.5Gi", "2 Mi", "2Pi"])]
#[case(&HUGE_PAGE_COUNT, &["0", "512", "0:128,1:256"], &["", "-1", "0:", ":128", "0:128,", "0:1:2", "0:128 ,1:1"])]
#[case(&SIGNAL, &["memory.available", "pid.available"], &["", "containerfs.available", "memory"])]
#[case(&PARAMETER, &["systemd.unified_cgroup_hierarchy", "quiet"], &["", "a..b", "a b", "a="])]
fn strings_match_bottlerocket_formats(#[case] text: &Text, #[case] good: &[&str], #[case] bad: &[&str]) {
    for good in good {
        assert!((text.is)(good), "{good:?} is {}", text.what);
    }
    for bad in bad {
        assert!(!(text.is)(bad), "{bad:?} is not {}", text.what);
    }
}

#[test]
fn lengths_are_bottlerockets() {
    let long = |count| "a".repeat(count);
    for (text, most) in [(&CLUSTER_NAME, 100), (&IDENTIFIER, 76), (&LABEL_KEY, 63), (&LABEL_VALUE, 63), (&SYSCTL, 128)]
    {
        assert!((text.is)(&long(most)));
        assert!(!(text.is)(&long(most + 1)), "{}", text.what);
    }
    assert!((LABEL_KEY.is)(&format!("{}/a", long(253))));
    assert!(!(LABEL_KEY.is)(&format!("{}/a", long(254))));
}
