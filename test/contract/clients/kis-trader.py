"""kis-trader with its KIS addresses pointed at a server of ours: says the trades and books of stocks."""

import json
import logging
import os
import sys
import threading

from kis_trader._internal import _endpoints
from kis_trader.client import KISClient

settings = json.loads(sys.argv[1])
_endpoints._BASE_URL_BY_ENVIRONMENT["real"] = settings["rest"]
_endpoints._WEBSOCKET_URL_BY_ENVIRONMENT["real"] = settings["socket"]
lock = threading.Lock()


def say(line):
    with lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


class Troubles(logging.Handler):
    """The client logs a frame that it drops, and goes on."""

    def emit(self, record):
        say({"said": "trouble", "text": record.getMessage()})


SIDES = {"1": 1, "5": -1}


def on_trade(tick):
    say(
        {
            "said": "trade",
            "symbol": tick.symbol,
            "time": tick.time,
            "price": float(tick.current_price),
            "size": tick.trade_volume,
            "side": SIDES.get(tick.trade_sign, 0),
            "volume": tick.accumulated_volume,
        }
    )


def on_book(book):
    raw = book._raw
    levels = lambda side: [[float(raw[f"{side}{level}"]), int(raw[f"{side}_RSQN{level}"])] for level in range(1, 11)]
    say({"said": "book", "symbol": book.symbol, "id": book.time, "bids": levels("BIDP"), "asks": levels("ASKP")})


logging.getLogger("kis_trader.realtime").addHandler(Troubles(logging.WARNING))
kis = KISClient(app_key=settings["appKey"], app_secret=settings["appSecret"], environment="real")
realtime = kis.realtime()
for symbol in settings["symbols"]:
    stock = realtime.domestic.stock(symbol)
    stock.trades(on=on_trade)
    stock.order_book(on=on_book)
realtime.start()

# Until the test closes our input.
sys.stdin.read()
os._exit(0)
