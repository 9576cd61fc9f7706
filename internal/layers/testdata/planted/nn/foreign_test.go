package nn

import _ "golang.org/x/imagery"
