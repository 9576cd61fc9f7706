package more

import _ "example.com/anything"
