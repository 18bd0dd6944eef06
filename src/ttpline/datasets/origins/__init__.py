"""Where labelled commands come from: one public module an origin, attribute ``ORIGIN``, found by ``base.origins``.

``base`` says what an origin provides · ``_archive`` opens a zip or a folder safely · ``_fetch_*`` downloads ·
``_casinolimit_*``, ``_atomic_*``, ``_tldr_*`` are the parts of the origins of those names.
"""
