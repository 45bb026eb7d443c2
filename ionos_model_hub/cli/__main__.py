"""`python -m ionos_model_hub.cli`: the command, where its script is not on the path."""

import sys

from ionos_model_hub.cli import main

sys.exit(main())
