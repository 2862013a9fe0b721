//! Commands that a shell traces.

use rstest::rstest;

use super::mask;

#[rstest]
fn arguments_of_a_traced_command_are_masked(
    #[values(
        "",
        "[   12.3] ",
        "[   12.345678] cloud-init[123]: ",
        "ip-10-0-1-7 cloud-init[123]: ",
        "[   12.3] ip-10-0-1-7 systemd[1]: ip-10-0-1-7 cloud-init[123]: ",
        "May  4 09:12:46 ip-10-0-1-7 cloud-init[123]: ",
        "<13>May  4 09:12:46 user-data: ",
        "2026-05-04T09:12:46.123Z ip-10-0-1-7 cloud-init[123]: ",
        "2026-05-04 09:12:46,123 ",
        "host ",
        "ip-10-0-1-7 ",
        "ip-10-0-1-7.eu-west-1.compute.internal ",
        "user-data: ",
        "[INFO] "
    )]
    before: &str,
) {
    let traces =
        ["+ ", "++ ", "+++ ", "+(script:3): ", "++(./a.sh:12): ", "+ script.sh:3: ", "+script.sh:3> ", "+[x:3] "];
    for trace in traces {
        let masked = mask(&format!("{before}{trace}curl -u admin:hunter2 https://x/y"));
        assert_eq!(masked, format!("{before}{trace}curl ***"));
        assert_eq!(mask(&masked), masked);
    }
}

#[rstest]
#[case("[   12.3] + curl -u a:b x", "[   12.3] + curl ***")]
#[case("host + curl -u a:b x", "host + curl ***")]
#[case("host + DB_URL=a", "host + DB_URL=***")]
#[case("host + ./install.sh x", "host + ./install.sh ***")]
#[case("host + agentctl --license x", "host + agentctl ***")]
#[case("+(script:3): main(): curl x", "+(script:3): main(): ***")]
#[case("x[1]: y[2]: ++ export A=b", "x[1]: y[2]: ++ export ***")]
fn name_of_the_command_remains(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
}

#[rstest]
#[case("requested cpu 250m + 100m exceeds 300m")]
#[case("size = a + b * 4")]
#[case("a + b = 3, 1 + 2 = 3")]
#[case("total + overhead is 4096 MiB")]
#[case("memory + swap usage of the container exceeds its limit")]
#[case("[   12.3] cloud-init[123]: disk + memory exceed 4 GiB")]
#[case("ci-info: +++++++++++++++++++++++++++++Net device info+++++++++++++++++++++++++++++")]
#[case("ci-info: +--------+------+----------------------------+---------------+--------+")]
#[case("[    1.0] |   .o+ + .     |")]
#[case("Mon, 04 May 2026 09:12:46 +0000. Up 7.49 seconds")]
#[case("[    0.5] pci 0000:00:03.0: BAR 0 + 0x4000 [mem 0xfebf4000]")]
fn sentence_with_a_plus_is_not_masked(#[case] text: &str) {
    assert_eq!(mask(text), text);
}
