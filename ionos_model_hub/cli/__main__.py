"""`python -m ionos_model_hub.cli`, for environments where the script is not on the path."""

import sys

from ionos_model_hub.cli import main

sys.exit(main())
