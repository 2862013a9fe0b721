import {
  to = ekscompute_windows_support.this
  id = "my-cluster"
}
