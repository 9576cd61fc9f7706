package data

import _ "github.com/hekla-ml/hekla/vision"
