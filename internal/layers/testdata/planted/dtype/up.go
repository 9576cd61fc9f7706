package dtype

import _ "github.com/hekla-ml/hekla/shape"
