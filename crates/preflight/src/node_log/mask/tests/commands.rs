//! Arguments of commands in lines that a shell does not trace.

use rstest::rstest;

use super::mask;

#[rstest]
#[case("mysql -pSECRET db", "mysql -p*** db")]
#[case("mysql -uroot -p'a b' -e x", "mysql -uroot -p'***' -e x")]
#[case("/usr/bin/mysqldump -h db -pSECRET x > y", "/usr/bin/mysqldump -h db -p*** x > y")]
#[case("line 3: `mariadb -pSECRET'", "line 3: `mariadb -p***'")]
#[case("sshpass -p x ssh host", "sshpass -p *** ssh host")]
#[case("sshpass -px ssh host", "sshpass -p*** ssh host")]
#[case("curl -u a:b https://x", "curl -u *** https://x")]
#[case("curl -fsSLu 'a:b c' https://x", "curl -fsSLu '***' https://x")]
#[case("curl -ua:b -s", "curl -u*** -s")]
#[case("curl --user=a:b --proxy-user c:d", "curl --user=*** --proxy-user ***")]
#[case("sh -c \"curl -u a:b\" x", "sh -c \"curl -u ***\" x")]
#[case("Command '['curl', '-u', 'a:b', 'x']' returned 1", "Command '['curl', '-u', '***', 'x']' returned 1")]
#[case("exec [\"mysql\",\"-pSECRET\",\"x\"]", "exec [\"mysql\",\"-p***\",\"x\"]")]
#[case("wget --password=x --http-password y", "wget --password=*** --http-password ***")]
#[case("docker login -u x -p y z", "docker login -u x -p *** z")]
#[case("redis-cli -h x -a y ping", "redis-cli -h x -a *** ping")]
#[case("mongosh -p y", "mongosh -p ***")]
#[case("ldapsearch -x -w y", "ldapsearch -x -w ***")]
#[case("sqlcmd -P y", "sqlcmd -P ***")]
fn argument_is_masked(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
    assert_eq!(mask(expected), expected);
}

#[rstest]
#[case("mysql -p db -P 3306 -h host")]
#[case("docker run -p 8080:80 nginx")]
#[case("mkdir -p /var/lib/mysql -m 755")]
#[case("cat x | mysql db; mkdir -p /opt/agent")]
#[case("curl: (22) The requested URL returned error: 403")]
#[case("mysql: command not found, install -pkg first")]
#[case("useradd -u 1001 app; curl -sSf -o /tmp/user x")]
fn other_flag_is_not_masked(#[case] text: &str) {
    assert_eq!(mask(text), text);
}
