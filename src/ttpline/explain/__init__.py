"""Why a command got its answer, for any classifier."""
