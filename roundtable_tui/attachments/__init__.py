"""Attachments: files, piped texts and pictures that go before a question.

`read` makes them of files, `long_texts` finds passages of texts too long for a prompt, `pictures` and
`half_blocks` are about pictures.
"""
