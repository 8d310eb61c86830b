"""The local web app: add a lift, see it, compare, follow; nothing leaves the machine.

`backline.web.server.serve` runs it; pages are registered in `backline.web.pages`.
"""
