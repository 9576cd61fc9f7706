package hidden

import _ "example.com/anything"
