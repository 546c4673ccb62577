"""python-kis with its KIS addresses pointed at a server of ours: says the price and book events of stocks."""

import json
import logging
import os
import sys
import threading

import pykis.client.websocket
import pykis.kis
from pykis import PyKis

settings = json.loads(sys.argv[1])
pykis.kis.REAL_DOMAIN = settings["rest"]
pykis.client.websocket.WEBSOCKET_REAL_DOMAIN = settings["socket"]
lock = threading.Lock()


def say(line):
    with lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


class Troubles(logging.Handler):
    """The client logs a frame that it cannot read, and goes on."""

    def emit(self, record):
        say({"said": "trouble", "text": record.getMessage()})


def on_price(_, event):
    price = event.response
    say(
        {
            "said": "trade",
            "symbol": price.symbol,
            "time": price.time_kst.strftime("%H%M%S"),
            "price": float(price.price),
            # The client keeps the record as it came, and reads neither the size of the trade nor its side.
            "size": int(price.raw()[12]),
            "volume": price.volume,
        }
    )


def on_book(_, event):
    book = event.response
    levels = lambda side: [[float(level.price), level.volume] for level in side]
    time = book.time_kst.strftime("%H%M%S")
    say({"said": "book", "symbol": book.symbol, "id": time, "bids": levels(book.bids), "asks": levels(book.asks)})


handler = Troubles()
handler.setLevel(logging.WARNING)
pykis.logging.logger.addHandler(handler)

kis = PyKis(id="tape", account="00000000-01", appkey=settings["appKey"], secretkey=settings["appSecret"], use_websocket=True)
# What is listened to ends with its ticket.
tickets = [kis.websocket.subscribed_event.on(lambda _, event: say({"said": "note", "text": f"registered {event.tr}"}))]
# It forgets what is asked for while it connects.
kis.websocket.ensure_connected()
for symbol in settings["symbols"]:
    # Two calls by REST: the stock's price and its name.
    stock = kis.stock(symbol)
    tickets.append(stock.on("price", on_price))
    tickets.append(stock.on("orderbook", on_book))

# Until the test closes our input.
sys.stdin.read()
os._exit(0)
