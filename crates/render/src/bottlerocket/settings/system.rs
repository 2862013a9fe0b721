//! The other settings: host containers, commands, network, kernel, and registries.

use crate::bottlerocket::kind::{Kind, Setting};
use crate::bottlerocket::texts::{
    ANY, BASE64, CAPABILITY, CERTIFICATES_IN_PEM, HOST_NAME, HUGE_PAGE_COUNT, HUGE_PAGE_SIZE, IDENTIFIER, IMAGE, IP,
    LINE, MODULE, PARAMETER, RESOURCE_LIMIT, SIZE, SYSCTL, URL,
};

const INT: Kind = Kind::Integer(i32::MIN as i64, i32::MAX as i64);
const LINES: Kind = Kind::List(&Kind::Text(&LINE));
const BYTES: Kind = Kind::Either(&[Kind::Integer(0, i64::MAX), Kind::Text(&SIZE)], "a number of bytes");
const CHUNK: Kind = Kind::Either(
    &[Kind::Integer(0, i64::MAX), Kind::Text(&SIZE), Kind::Choice(&["unlimited"])],
    "a number of bytes, or \"unlimited\"",
);
const LONG: Kind = Kind::Integer(i64::MIN, i64::MAX);
const MODE: Kind = Kind::Choice(&["always", "once", "off"]);

pub(super) static BOOTSTRAP_COMMAND: &[Setting] = &[
    Setting::of("commands", Kind::Some(&Kind::Some(&Kind::Text(&LINE)))).required(),
    Setting::of("essential", Kind::Bool),
    Setting::of("mode", MODE).required(),
];

pub(super) static BOOTSTRAP_CONTAINER: &[Setting] = &[
    Setting::of("command", Kind::List(&Kind::Text(&ANY))),
    Setting::of("essential", Kind::Bool),
    Setting::of("mode", MODE),
    Setting::of("source", Kind::Text(&IMAGE)),
    Setting::of("user-data", Kind::Text(&BASE64)),
];

pub(super) static HOST_CONTAINER: &[Setting] = &[
    Setting::of("command", Kind::List(&Kind::Text(&ANY))),
    Setting::of("enabled", Kind::Bool),
    Setting::of("source", Kind::Text(&IMAGE)),
    Setting::of("superpowered", Kind::Bool),
    Setting::of("user-data", Kind::Text(&BASE64)),
];

pub(super) static CERTIFICATES: &[Setting] =
    &[Setting::of("data", Kind::Text(&CERTIFICATES_IN_PEM)), Setting::of("trusted", Kind::Bool)];

pub(super) static AUTOSCALING: &[Setting] = &[Setting::of("should-wait", Kind::Bool)];

pub(super) static AWS: &[Setting] = &[
    Setting::of("config", Kind::Text(&BASE64)),
    Setting::of("credentials", Kind::Text(&BASE64)).secret(),
    Setting::of("profile", Kind::Text(&LINE)),
    Setting::of("region", Kind::Text(&LINE)),
];

const PARAMETERS: Kind = Kind::Map(&PARAMETER, &LINES);

pub(super) static BOOT: &[Setting] = &[
    Setting::of("init", PARAMETERS),
    Setting::of("init-parameters", PARAMETERS),
    Setting::of("kernel", PARAMETERS),
    Setting::of("kernel-parameters", PARAMETERS),
    Setting::of("reboot-to-reconcile", Kind::Bool),
];

pub(super) static CLOUDFORMATION: &[Setting] = &[
    Setting::of("logical-resource-id", Kind::Text(&LINE)),
    Setting::of("should-signal", Kind::Bool),
    Setting::of("stack-name", Kind::Text(&LINE)),
];

pub(super) static CONTAINER_REGISTRY: &[Setting] = &[
    Setting::of("credentials", CREDENTIALS),
    // The name before the first release that had credentials.
    Setting::of("creds", CREDENTIALS),
    Setting::of(
        "mirrors",
        Kind::Either(
            &[Kind::List(&MIRROR), Kind::Map(&LINE, &Kind::List(&Kind::Text(&URL)))],
            "a list of mirrors, or a table of lists of URLs by registry",
        ),
    ),
];

const CREDENTIALS: Kind = Kind::List(&Kind::Table(CREDENTIAL));

static CREDENTIAL: &[Setting] = &[
    Setting::of("auth", Kind::Text(&BASE64)).secret(),
    Setting::of("identitytoken", Kind::Text(&LINE)).secret(),
    Setting::of("password", Kind::Text(&LINE)).secret(),
    Setting::of("registry", Kind::Text(&LINE)).required(),
    Setting::of("username", Kind::Text(&LINE)),
];

const MIRROR: Kind = Kind::Table(MIRROR_SETTINGS);

static MIRROR_SETTINGS: &[Setting] = &[
    Setting::of("capabilities", Kind::Some(&Kind::Choice(&["pull", "resolve", "push"]))),
    Setting::of("endpoint", Kind::Some(&Kind::Text(&URL))).required(),
    Setting::of("registry", Kind::Text(&LINE)).required(),
];

pub(super) static CONTAINER_RUNTIME: &[Setting] = &[
    Setting::of("concurrent-download-chunk-size", BYTES),
    // Another name of the setting before.
    Setting::of("concurrent-layer-fetch-buffer", BYTES),
    Setting::of("enable-unprivileged-icmp", Kind::Bool),
    Setting::of("enable-unprivileged-ports", Kind::Bool),
    Setting::of("log-level", Kind::Choice(&["trace", "debug", "info", "warn", "error", "fatal", "panic"])),
    Setting::of("max-concurrent-downloads", INT),
    Setting::of("max-concurrent-unpacks", INT),
    Setting::of("max-container-log-line-size", INT),
    Setting::of("snapshotter", Kind::Choice(&["overlayfs", "soci"])),
];

pub(super) static CONTAINER_RUNTIME_PLUGINS: &[Setting] = &[Setting::of(
    "soci-snapshotter",
    Kind::Table(&[
        Setting::of(
            "parallel-pull-unpack",
            Kind::Table(&[
                Setting::of("concurrent-download-chunk-size", CHUNK),
                Setting::of("discard-unpacked-layers", Kind::Bool),
                Setting::of("max-concurrent-downloads", LONG),
                Setting::of("max-concurrent-downloads-per-image", LONG),
                Setting::of("max-concurrent-unpacks", LONG),
                Setting::of("max-concurrent-unpacks-per-image", LONG),
            ]),
        ),
        Setting::of("pull-mode", Kind::Choice(&["parallel-pull-unpack"])),
    ]),
)];

pub(super) static DNS: &[Setting] =
    &[Setting::of("name-servers", Kind::List(&Kind::Text(&IP))), Setting::of("search-list", LINES)];

const HUGE_PAGES: Kind = Kind::Table(&[Setting::of("count", Kind::Text(&HUGE_PAGE_COUNT)).required()]);

pub(super) static IMAGE_VERIFIERS: Kind = Kind::Open(
    &[Setting::of("enabled", Kind::Bool)],
    &IDENTIFIER,
    &Kind::Table(&[Setting::of("trustpolicy", Kind::Text(&BASE64))]),
);

pub(super) static MEASUREMENT: &[Setting] = &[Setting::of("excluded-settings", LINES)];

pub(super) static KERNEL: &[Setting] = &[
    Setting::of(
        "drivers",
        Kind::Table(&[Setting::of(
            "nvidia",
            Kind::Table(&[Setting::of("branch", Kind::Choice(&["lts", "pb"])).required()]),
        )]),
    ),
    Setting::of(
        "hugepages",
        Kind::Table(&[
            Setting::of("static", Kind::Open(&[Setting::of("essential", Kind::Bool)], &HUGE_PAGE_SIZE, &HUGE_PAGES)),
            Setting::of(
                "transparent",
                Kind::Table(&[
                    Setting::of("defrag", Kind::Choice(&["never", "madvise", "defer", "defer+madvise", "always"])),
                    Setting::of("enabled", Kind::Choice(&["never", "madvise", "always"])),
                ]),
            ),
        ]),
    ),
    Setting::of("lockdown", Kind::Choice(&["none", "integrity", "confidentiality"])),
    Setting::of(
        "modules",
        Kind::Map(&MODULE, &Kind::Table(&[Setting::of("allowed", Kind::Bool), Setting::of("autoload", Kind::Bool)])),
    ),
    Setting::of("sysctl", Kind::Map(&SYSCTL, &Kind::Text(&ANY))),
];

pub(super) static METRICS: &[Setting] = &[
    Setting::of("metrics-url", Kind::Text(&URL)),
    Setting::of("send-metrics", Kind::Bool),
    Setting::of("service-checks", LINES),
];

pub(super) static NETWORK: &[Setting] = &[
    Setting::of("disable-ipv6", LINES),
    Setting::of("hostname", Kind::Text(&HOST_NAME)),
    Setting::of("hosts", Kind::List(&Kind::Pair(&Kind::Text(&IP), &Kind::Some(&Kind::Text(&HOST_NAME))))),
    Setting::of("https-proxy", Kind::Text(&URL)),
    Setting::of("no-proxy", LINES),
];

const TIME_SERVER: Kind = Kind::Table(&[
    Setting::of("address", Kind::Text(&URL)).required(),
    Setting::of("directive", Kind::Choice(&["server", "pool"])),
    Setting::of("options", LINES),
]);

pub(super) static NTP: &[Setting] = &[
    Setting::of("logging", LINES),
    Setting::of("options", LINES),
    Setting::of(
        "time-servers",
        Kind::Either(
            &[Kind::List(&Kind::Text(&URL)), Kind::List(&TIME_SERVER), Kind::Map(&IDENTIFIER, &TIME_SERVER)],
            "a list of URLs or of servers",
        ),
    ),
];

const LIMIT_VALUE: Kind = Kind::Either(
    &[Kind::Integer(-1, i64::MAX), Kind::Choice(&["unlimited"])],
    "an integer of at least -1, or \"unlimited\"",
);

const LIMIT: Kind = Kind::Table(&[
    Setting::of("hard-limit", LIMIT_VALUE).required(),
    Setting::of("soft-limit", LIMIT_VALUE).required(),
]);

pub(super) static OCI_DEFAULTS: &[Setting] = &[
    Setting::of("capabilities", Kind::Map(&CAPABILITY, &Kind::Bool)),
    Setting::of("resource-limits", Kind::Map(&RESOURCE_LIMIT, &LIMIT)),
];

pub(super) static OCI_HOOKS: &[Setting] = &[Setting::of("log4j-hotpatch-enabled", Kind::Bool)];

pub(super) static UPDATES: &[Setting] = &[
    Setting::of("ignore-waves", Kind::Bool),
    Setting::of("metadata-base-url", Kind::Text(&URL)),
    Setting::of("seed", Kind::Integer(0, u32::MAX as i64)),
    Setting::of("targets-base-url", Kind::Text(&URL)),
    Setting::of("version-lock", Kind::Text(&LINE)),
];
