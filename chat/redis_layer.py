"""The channel layer of several processes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from channels_redis.core import RedisChannelLayer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 1.0


class RedisLayer(RedisChannelLayer):
    """channels_redis' own fails all who wait for news where Redis goes away, and Channels closes their sockets."""

    _is_away = False

    async def receive_single(self, channel: str) -> Any:
        while True:
            try:
                found = await super().receive_single(channel)
            except (RedisError, OSError) as error:
                if not self._is_away:
                    self._is_away = True
                    logger.error("No news from other processes until Redis is back: %s", type(error).__name__)
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                self._is_away = False
                return found
