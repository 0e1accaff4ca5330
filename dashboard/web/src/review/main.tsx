import { render } from "preact";
import { Review } from "./Review.tsx";
import "../style/tokens.css";
import "../style/page.css";
import "../style/review.css";

render(<Review />, document.getElementById("app")!);
