package first

import _ "github.com/hekla-ml/hekla/backend/all"
