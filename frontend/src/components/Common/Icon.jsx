import {
  ArrowDown,
  ArrowUp,
  BookOpen,
  Check,
  ChevronDown,
  CircleAlert,
  CircleDashed,
  CircleQuestionMark,
  CircleUserRound,
  Copy,
  Download,
  EllipsisVertical,
  ExternalLink,
  EyeOff,
  HeartHandshake,
  Hourglass,
  ImageOff,
  ImagePlus,
  Info,
  Keyboard,
  Lock,
  LogOut,
  Menu,
  MessageCircleDashed,
  MessageSquareText,
  Mic,
  Monitor,
  Moon,
  PenLine,
  Phone,
  Printer,
  RefreshCw,
  RotateCcw,
  Search,
  Square,
  SquarePen,
  Sun,
  ThumbsDown,
  ThumbsUp,
  Trash2,
  UserRound,
  UserRoundCheck,
  UsersRound,
  Volume2,
  WifiOff,
  X,
} from "lucide-react";

const ICONS = {
  "arrow-down": ArrowDown,
  "arrow-up": ArrowUp,
  "book-open": BookOpen,
  check: Check,
  "chevron-down": ChevronDown,
  "circle-alert": CircleAlert,
  "circle-dashed": CircleDashed,
  "circle-question": CircleQuestionMark,
  "circle-user-round": CircleUserRound,
  copy: Copy,
  download: Download,
  "ellipsis-vertical": EllipsisVertical,
  "external-link": ExternalLink,
  "eye-off": EyeOff,
  "heart-handshake": HeartHandshake,
  hourglass: Hourglass,
  "image-off": ImageOff,
  "image-plus": ImagePlus,
  info: Info,
  keyboard: Keyboard,
  lock: Lock,
  "log-out": LogOut,
  menu: Menu,
  "message-circle-dashed": MessageCircleDashed,
  "message-square-text": MessageSquareText,
  mic: Mic,
  monitor: Monitor,
  moon: Moon,
  "pen-line": PenLine,
  phone: Phone,
  printer: Printer,
  "refresh-cw": RefreshCw,
  "rotate-ccw": RotateCcw,
  search: Search,
  square: Square,
  "square-pen": SquarePen,
  sun: Sun,
  "thumbs-down": ThumbsDown,
  "thumbs-up": ThumbsUp,
  "trash-2": Trash2,
  "user-round": UserRound,
  "user-round-check": UserRoundCheck,
  "users-round": UsersRound,
  volume: Volume2,
  "wifi-off": WifiOff,
  x: X,
};

/** An icon beside its word; alone, its button carries the name. */
export function Icon({ name, className = "" }) {
  const Drawing = ICONS[name];
  return <Drawing className={`icon ${className}`} strokeWidth={1.9} aria-hidden="true" />;
}

export function Mark() {
  return (
    <svg className="size-7 text-link" viewBox="0 0 28 28" aria-hidden="true">
      <path fill="currentColor" d="M1.5 5.2c3.3-.6 6.1.1 8 2.3L14 17.5V25c-.9 0-1.7-.5-2.1-1.3z" />
      <path
        fill="currentColor"
        opacity=".55"
        d="M26.5 5.2c-3.3-.6-6.1.1-8 2.3L14 17.5V25c.9 0 1.7-.5 2.1-1.3z"
      />
    </svg>
  );
}
